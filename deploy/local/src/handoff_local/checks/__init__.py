"""What `handoff doctor` looks at, and what it finds."""
