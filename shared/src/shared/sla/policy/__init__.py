"""Time rules, targets and escalation chains. Pure."""
