"""Applies the playbook to an event. Pure."""
