"""The database of the stack: an embedded PostgreSQL, its migrations, and connections for commands."""
