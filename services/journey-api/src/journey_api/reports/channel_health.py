"""How the channels do: what of the latest messages went out, arrived, is held, failed or went another way."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import notification, notification_attempt

Health = Literal["good", "slow", "down", "unused"]
SLOW_AFTER: Final = timedelta(minutes=2)
"""A message that has been ready to go for longer says that its channel is slow."""
_FEW: Final = 0.05
_MANY: Final = 0.5
_OUT: Final = ("sent", "delivered", "read")
_ARRIVED: Final = ("delivered", "read")
_WAITING: Final = ("queued", "sending", "unknown")


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """The messages of a channel by what became of them; `fell_back` by the channel they went by instead.

    `waits`: since when the longest waiting one has been ready to go.
    """

    channel: str
    counts: Mapping[str, int]
    waits: datetime | None = None
    fell_back: Mapping[str, int] = field(default_factory=dict)

    def count(self, *statuses: str) -> int:
        """How many have one of these statuses."""
        return sum(self.counts.get(status, 0) for status in statuses)

    @property
    def sent(self) -> int:
        """How many a provider has taken."""
        return self.count(*_OUT)

    @property
    def arrived(self) -> float | None:
        """The share of those sent or given up that is known to have arrived; None without any."""
        tried = self.sent + self.count("failed")
        return self.count(*_ARRIVED) / tried if tried else None

    def health(self, now: datetime) -> Health:
        """`down` where most fail, `slow` where some do or one waits too long."""
        tried = self.sent + self.count("failed") + sum(self.fell_back.values())
        failed = self.count("failed") + sum(self.fell_back.values())
        if tried and failed / tried > _MANY:
            return "down"
        if (tried and failed / tried > _FEW) or (self.waits is not None and now - self.waits > SLOW_AFTER):
            return "slow"
        return "good" if tried or self.count(*_WAITING, "held") else "unused"


async def measure_channels(
    connection: AsyncConnection, dealer_id: str | None, since: datetime
) -> dict[str, ChannelHealth]:
    """The channels by which messages made since an instant were planned, by channel."""
    columns, own = notification.c, []
    if dealer_id is not None:
        own.append(columns.dealer_id == dealer_id)
    ready = func.coalesce(columns.scheduled_for, columns.created_at)
    counted = (
        select(columns.channel, columns.status, func.count().label("number"), func.min(ready).label("ready"))
        .where(columns.created_at >= since, columns.channel.is_not(None), *own)
        .group_by(columns.channel, columns.status)
    )
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    waits: dict[str, datetime] = {}
    for row in await connection.execute(counted):
        counts[row.channel][row.status] = row.number
        if row.status in _WAITING:
            waits[row.channel] = min(row.ready, waits.get(row.channel, row.ready))
    fell = await _fallen_back(connection, since, own)
    return {
        channel: ChannelHealth(channel, counts[channel], waits.get(channel), fell.get(channel, {}))
        for channel in sorted({*counts, *fell})
    }


async def _fallen_back(connection: AsyncConnection, since: datetime, own: list[Any]) -> dict[str, dict[str, int]]:
    """By channel that was tried, how many messages went by which other one afterwards."""
    columns, tried = notification.c, notification_attempt.c
    query = (
        select(tried.channel, columns.channel.label("instead"), func.count(columns.notification_id.distinct()))
        .join_from(
            notification,
            notification_attempt,
            and_(tried.notification_id == columns.notification_id, tried.channel != columns.channel),
        )
        .where(columns.created_at >= since, *own)
        .group_by(tried.channel, columns.channel)
    )
    fell: dict[str, dict[str, int]] = defaultdict(dict)
    for channel, instead, number in await connection.execute(query):
        fell[channel][instead] = number
    return fell
