"""Claims notifications, sends them, stores the outcome, retries."""
