"""What two services share; by invitation only."""
