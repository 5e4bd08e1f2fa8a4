"""Moves running timers to the policies a dealer has now; by command only."""
