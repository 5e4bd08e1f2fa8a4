"""Cases: found or begun for an event, seen by the playbook, handed on, closed and opened again."""
