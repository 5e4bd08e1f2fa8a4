"""Hints between processes that there is something to do; who misses one finds it a moment later all the same."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.prepared import Prepared

SENDERS: Final = "handoff_send"
"""Notified when a message was queued."""

FEEDS: Final = "handoff_feed"
"""Notified when rows were added to a feed."""

STAFF_MESSAGES: Final = "handoff_staff_message"
"""Notified when a person's words to a customer were queued."""

RECEIPTS: Final = "handoff_receipt"
"""Notified when a provider has said something of a message."""

DUE: Final = "handoff_due"
"""Notified when something becomes due so soon that the scheduler might look for it too late."""

SOON: Final = timedelta(seconds=30)
"""Domain time; the scheduler looks for what is due at least that often."""

SLEEP_AT_MOST: Final = timedelta(seconds=5)

_NOTIFY: Final = Prepared("select pg_notify(:channel, '')")


async def notify(connection: AsyncConnection, channel: str) -> None:
    """Wake who listens, once the connection's transaction commits."""
    await _NOTIFY.rows(connection, {"channel": channel})


async def notify_due(connection: AsyncConnection, instants: Iterable[datetime], now: datetime) -> None:
    """Wake the scheduler, once the transaction commits, if one of these instants is near."""
    if any(at <= now + SOON for at in instants):
        await notify(connection, DUE)


def longest_sleep(rate: float, least: timedelta) -> timedelta:
    """Real time until whoever `notify_due` wakes has to look, on a clock that runs `rate` times as fast.

    Never longer than `SOON` lasts on that clock, unless that is within `least`.
    """
    return max(min(SLEEP_AT_MOST, SOON / rate), least)
