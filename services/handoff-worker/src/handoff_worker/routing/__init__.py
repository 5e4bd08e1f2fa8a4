"""Consumes journey events and task changes: applies the playbook, creates tasks."""
