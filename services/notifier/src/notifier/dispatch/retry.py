"""When a failed attempt is tried again. Pure; the instants are real time, not domain time."""

from datetime import datetime, timedelta
from typing import Final

from notifier.jitter import fraction

RETRY_DELAYS: Final = (
    timedelta(0),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
)
"""From one failure to the next attempt; after the last the channel is given up."""

JITTER: Final = 0.2
REPEATS_OF_UNKNOWN: Final = 1
"""How often an attempt nobody can ask about is repeated where the provider gives no receipts."""


def retry_at(
    failures: int,
    failed_at: datetime,
    token: str,
    *,
    asked_for: timedelta | None = None,
    until: datetime | None = None,
) -> datetime | None:
    """The real instant of the next attempt after so many failures, None to give the channel up.

    Jitter of 20 % either way follows from `token`. A provider's own wish (`asked_for`) is honoured when it is longer;
    one for longer than any delay of ours gives the channel up. No attempt begins after `until`, where the patience with
    the channel ends.
    """
    if not 1 <= failures <= len(RETRY_DELAYS) or (asked_for or RETRY_DELAYS[0]) > RETRY_DELAYS[-1]:
        return None
    delay = RETRY_DELAYS[failures - 1] * (1 + JITTER * (2 * fraction(f"{token}:{failures}") - 1))
    at = failed_at + max(delay, asked_for or timedelta(0))
    return at if until is None or at <= until else None
