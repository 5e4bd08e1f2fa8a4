"""`python -m notifier`: the process."""

import gc

if __name__ == "__main__":
    gc.disable()  # modules leave nothing to collect; `spare_the_collector` ends it
    from notifier.main import main

    main()
