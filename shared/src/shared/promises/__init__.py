"""Promises given to customers."""
