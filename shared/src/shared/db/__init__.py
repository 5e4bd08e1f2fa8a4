"""The connection to PostgreSQL, bulk statements and the schema."""
