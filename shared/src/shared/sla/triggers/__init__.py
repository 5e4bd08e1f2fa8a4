"""When the dates of time rules come: pure functions from records and rules to instants (timers 5.7)."""
