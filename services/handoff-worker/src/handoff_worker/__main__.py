"""`python -m handoff_worker`: the process of the worker."""

import gc

if __name__ == "__main__":
    gc.disable()  # modules leave nothing to collect; `spare_the_collector` ends it
    from handoff_worker.main import main

    main()
