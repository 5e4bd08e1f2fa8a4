"""`python -m handoff_worker`: the process of the worker."""

from handoff_worker.main import main

if __name__ == "__main__":
    main()
