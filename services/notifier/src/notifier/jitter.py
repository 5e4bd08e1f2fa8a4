"""Spreads instants by a token, the same way each time. Pure."""

from datetime import timedelta
from hashlib import sha256


def spread(token: str, limit: timedelta) -> timedelta:
    """A part of `limit` in whole seconds, always the same for a token, so that a crowd does not move as one."""
    return timedelta(seconds=int(fraction(token) * limit.total_seconds()))


def fraction(token: str) -> float:
    """A number in [0, 1) that follows from the token."""
    return int.from_bytes(sha256(token.encode()).digest()[:6]) / 2**48
