"""What the time rules make happen by themselves: their dates come, and become journey events, tasks, messages."""
