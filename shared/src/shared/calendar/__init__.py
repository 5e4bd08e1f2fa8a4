"""Opening hours, business time, availability. Pure."""
