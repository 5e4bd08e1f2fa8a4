"""When: calendars and business time, the time rules as data, the timer machine and the escalation. Pure."""
