"""The task store, its records, who a task is offered to."""
