"""Fires timers, escalates, and dispatches messages to customers and staff."""
