"""What providers report after a message was handed over."""
