"""What the notifier makes of the records it reads."""
