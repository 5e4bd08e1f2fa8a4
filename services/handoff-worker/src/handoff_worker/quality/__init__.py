"""Judges the moments of truth of customers whenever a fact of theirs arrives, and keeps what is judged."""
