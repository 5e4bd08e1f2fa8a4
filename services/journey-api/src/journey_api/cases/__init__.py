"""Answers about cases and customers' journeys."""
