"""Who calls, what the key may do, and repeated requests."""
