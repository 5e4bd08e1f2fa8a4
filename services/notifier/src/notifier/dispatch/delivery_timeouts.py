"""How long a channel may stay silent about a message before the next one is tried. Pure; domain time."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from shared.calendar.durations import parse_duration
from shared.channels.registry import find_kind

NEEDS_READ: Final = frozenset({"urgent_safety"})
"""Purposes for which it is not enough that a message lies on a telephone."""

NO_DELIVERY: Final = "no_delivery"
NO_READ: Final = "no_read"


def delivery_timeout(channel: str | None, dealer: Mapping[str, Any] | None = None) -> timedelta | None:
    """How long, by the `patience` of a dealer's record, else by the kind of channel.

    None where acceptance is delivery, or a person says what came of it.
    """
    kind = find_kind(channel or "")
    if kind is None or kind.delivery_timeout is None:
        return None
    own = ((dealer or {}).get("patience") or {}).get(kind.name)
    return parse_duration(own).time if own else kind.delivery_timeout


def awaited(channel: str, purpose: str, status: str) -> str | None:
    """The code of what is missing from a message in this status; None where nothing is waited for any more."""
    if delivery_timeout(channel) is None:
        return None
    if status in ("sent", "unknown"):
        return NO_DELIVERY
    return NO_READ if status == "delivered" and purpose in NEEDS_READ else None
