"""`python -m journey_api`: the process of the API."""

from journey_api.main import main

if __name__ == "__main__":
    main()
