"""`python -m notifier`: the process."""

from notifier.main import main

if __name__ == "__main__":
    main()
