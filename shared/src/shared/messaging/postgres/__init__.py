"""The transport over PostgreSQL."""
