"""Handoffs that people start: checks, preview, start, suggestions."""
