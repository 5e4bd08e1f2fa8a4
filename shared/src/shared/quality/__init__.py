"""Moments of truth: how customers were treated, judged from what is stored, again and again alike (timers 5.9)."""
