"""Reference data a dealer's systems PUT: what a record may hold, how it is stored and shown."""
