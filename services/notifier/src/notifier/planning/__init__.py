"""Chooses recipient, channel and time of a notification."""
