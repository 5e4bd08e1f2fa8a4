"""The HTTP API: events in, tasks and feeds out."""
