"""The words of every notice, in Portuguese and English."""
