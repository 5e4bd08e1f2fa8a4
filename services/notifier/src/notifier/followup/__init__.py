"""What follows an outcome: contact log, next channel, manual sends, confirmations."""
