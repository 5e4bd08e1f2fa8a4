"""One look for what has become due, when something is, or every few seconds: the jobs it wakes need not look."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from shared.channels.registry import machine_channels
from shared.clock import Clock, real_now
from shared.db.engine import Database
from shared.db.prepared import Prepared
from shared.messaging.postgres.pg_notify import SLEEP_AT_MOST, longest_sleep
from shared.process.shutdown import pause
from shared.process.transient_errors import is_outage
from shared.vocabulary import MESSAGE

_DUE: Final = Prepared(
    """
    select (select min(scheduled_for) from notification where status = 'held') as held,
           exists (select from notification
                    where status = 'queued' and channel is null and message = :message) as staff_messages,
           (select min(delivery_deadline) from notification) as unconfirmed,
           exists (select from receipt where not applied) as receipts,
           (select min(first.at) from unnest(cast(:channels as text[])) as queue(name)
             cross join lateral (
               select min(next_attempt_wall_clock_at) as at from notification
                where channel = queue.name and status in ('queued', 'sending', 'unknown')) as first) as attempts
    """
)
"""Each by an index of what is open only, however much there is besides.

The least is asked for, for to find out whether any is due the planner would rather look through the whole table.
"""


_NOW: Final = timedelta(0)
_SOONEST: Final = timedelta(seconds=1)
_log = structlog.get_logger()


@dataclass(frozen=True)
class DueProbe:
    """Sets an event where there is something to do.

    Held messages, people's own words and receipts, which are notified besides, deliveries not confirmed in time,
    attempts to be made or given up. `real_clock` is what attempts follow; domain time runs `rate` times as fast.
    """

    database: Database
    clock: Clock
    real_clock: Clock = real_now
    rate: float = 1.0
    held: asyncio.Event = field(default_factory=asyncio.Event)
    staff_messages: asyncio.Event = field(default_factory=asyncio.Event)
    unconfirmed: asyncio.Event = field(default_factory=asyncio.Event)
    receipts: asyncio.Event = field(default_factory=asyncio.Event)
    attempts: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, stop: asyncio.Event) -> None:
        """Look until asked to stop: one second after the last look at the earliest, five at the latest."""
        latest = longest_sleep(self.rate, _SOONEST)
        while not stop.is_set():
            try:
                until = await self._look()
            except Exception as error:
                if not is_outage(error):
                    raise
                _log.warning("database_unavailable", job="due_probe", error=type(error).__name__)
                until = _SOONEST
            await pause(stop, min(max(until, _SOONEST), latest))

    async def check(self) -> None:
        """Look once, and wake whom it concerns."""
        await self._look()

    async def _look(self) -> timedelta:
        """In how much real time something else will be due."""
        asked = {"message": MESSAGE, "channels": list(machine_channels())}
        async with self.database.look() as connection:
            found = await _DUE.first(connection, asked)
        now, real = self.clock(), self.real_clock()
        waits = {
            self.held: found.held and (found.held - now) / self.rate,
            self.unconfirmed: found.unconfirmed and (found.unconfirmed - now) / self.rate,
            self.attempts: found.attempts and found.attempts - real,
            self.staff_messages: _NOW if found.staff_messages else None,
            self.receipts: _NOW if found.receipts else None,
        }
        known = {event: wait for event, wait in waits.items() if wait is not None}
        for event, wait in known.items():
            if wait <= _NOW:
                event.set()
        return min((wait for wait in known.values() if wait > _NOW), default=SLEEP_AT_MOST)
