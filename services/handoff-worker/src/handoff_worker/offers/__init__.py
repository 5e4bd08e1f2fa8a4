"""What time does to tasks and cases: offers run out, waits end, queues are offered, idle cases close."""
