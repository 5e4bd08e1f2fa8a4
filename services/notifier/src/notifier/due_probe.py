"""One look, each second, for what has become due: the jobs it wakes need not look for themselves."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import text

from shared.channels.registry import machine_channels
from shared.clock import Clock, real_now
from shared.db.engine import Database
from shared.vocabulary import MESSAGE

_DUE: Final = text(
    """
    select (select min(scheduled_for) from notification where status = 'held') <= :now as held,
           exists (select from notification
                    where status = 'queued' and channel is null and message = :message) as staff_messages,
           (select min(delivery_deadline) from notification) <= :now as unconfirmed,
           exists (select from receipt where not applied) as receipts,
           exists (select from unnest(cast(:channels as text[])) as queue(name)
                    where (select min(next_attempt_wall_clock_at) from notification
                            where channel = queue.name and status in ('queued', 'sending', 'unknown')) <= :real
           ) as attempts
    """
)
"""Each by an index of what is open only, however much there is besides.

The least is asked for, for to find out whether any is due the planner would rather look through the whole table.
"""


@dataclass(frozen=True)
class DueProbe:
    """Sets an event where there is something to do.

    Held messages, people's own words and receipts, which are notified besides, deliveries not confirmed in time,
    attempts to be made or given up. `real_clock` is what attempts follow.
    """

    database: Database
    clock: Clock
    real_clock: Clock = real_now
    held: asyncio.Event = field(default_factory=asyncio.Event)
    staff_messages: asyncio.Event = field(default_factory=asyncio.Event)
    unconfirmed: asyncio.Event = field(default_factory=asyncio.Event)
    receipts: asyncio.Event = field(default_factory=asyncio.Event)
    attempts: asyncio.Event = field(default_factory=asyncio.Event)

    async def check(self) -> None:
        """Look once, and wake whom it concerns."""
        asked = {
            "now": self.clock(),
            "real": self.real_clock(),
            "message": MESSAGE,
            "channels": list(machine_channels()),
        }
        async with self.database.look() as connection:
            found = (await connection.execute(_DUE, asked)).one()
        for name, there in found._mapping.items():
            if there:
                getattr(self, name).set()
