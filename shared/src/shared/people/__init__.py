"""Customers, staff, dealers and their addresses."""
