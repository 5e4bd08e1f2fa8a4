"""What a person, an event or time may do to cases and tasks. The only way a service changes them."""
