"""Messages that staff write to customers."""
