"""Applies the playbook to journey events and creates tasks."""
