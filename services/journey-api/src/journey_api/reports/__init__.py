"""Reports for operations: clocks, coverage, notifications."""
