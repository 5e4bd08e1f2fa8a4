"""`python -m journey_api`: the process of the API."""

import gc

if __name__ == "__main__":
    gc.disable()  # modules leave nothing to collect; `spare_the_collector` ends it
    from journey_api.main import main

    main()
