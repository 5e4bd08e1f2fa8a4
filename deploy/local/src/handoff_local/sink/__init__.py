"""The mail sink of a local stack: takes every e-mail on loopback and shows it on a page."""
