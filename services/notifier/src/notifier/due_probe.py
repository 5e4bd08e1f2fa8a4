"""One look, each second, for what has become due: the jobs it wakes need not look for themselves."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import text

from shared.clock import Clock
from shared.db.engine import Database
from shared.vocabulary import MESSAGE

_DUE: Final = text(
    """
    select (select min(scheduled_for) from notification where status = 'held') <= :now as held,
           exists (select from notification
                    where status = 'queued' and channel is null and message = :message) as staff_messages,
           (select min(delivery_deadline) from notification) <= :now as unconfirmed,
           exists (select from receipt where not applied) as receipts
    """
)
"""Each by an index of what is open only, however much there is besides.

The least is asked for, for to find out whether any is due the planner would rather look through the whole table.
"""


@dataclass(frozen=True)
class DueProbe:
    """Sets an event where there is something to do.

    Held messages, people's own words and receipts, which are notified besides, deliveries not confirmed in time.
    """

    database: Database
    clock: Clock
    held: asyncio.Event = field(default_factory=asyncio.Event)
    staff_messages: asyncio.Event = field(default_factory=asyncio.Event)
    unconfirmed: asyncio.Event = field(default_factory=asyncio.Event)
    receipts: asyncio.Event = field(default_factory=asyncio.Event)

    async def check(self) -> None:
        """Look once, and wake whom it concerns."""
        async with self.database.transaction() as connection:
            found = (await connection.execute(_DUE, {"now": self.clock(), "message": MESSAGE})).one()
        for name, there in found._mapping.items():
            if there:
                getattr(self, name).set()
