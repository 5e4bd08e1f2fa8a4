"""Events in: read from HTTP, checked, planned, and stored by one shared commit."""
