"""How long a channel may stay silent about a message before the next one is tried. Pure; domain time."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

PATIENCE: Final[Mapping[str, timedelta]] = {"sms": timedelta(minutes=10), "whatsapp": timedelta(minutes=30)}
"""By channel; of the others acceptance is delivery, or a person says what came of it."""

NEEDS_READ: Final = frozenset({"urgent_safety"})
"""Purposes for which it is not enough that a message lies on a telephone."""

NO_DELIVERY: Final = "no_delivery"
NO_READ: Final = "no_read"


def awaited(channel: str, purpose: str, status: str) -> str | None:
    """The code of what is missing from a message in this status; None where nothing is waited for any more."""
    if channel not in PATIENCE:
        return None
    if status in ("sent", "unknown"):
        return NO_DELIVERY
    return NO_READ if status == "delivered" and purpose in NEEDS_READ else None
