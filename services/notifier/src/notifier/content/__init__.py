"""What every message says, and who signs it."""
