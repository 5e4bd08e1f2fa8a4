"""The timer machine. Pure."""
