"""The command handoff: everything on one machine, and a client of the API."""
