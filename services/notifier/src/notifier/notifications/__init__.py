"""The notification: its types, its rows, whether it is still relevant."""
