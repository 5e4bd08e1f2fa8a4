"""What tests of every kind set up, do and look at: one set of verbs for a dealer and the services."""
