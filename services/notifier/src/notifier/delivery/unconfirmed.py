"""Gives up what shows no delivery within the patience of its channel, after asking the provider where one can."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

import structlog
from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.channels.channel import Channel, StatusFound, SupportsLookup
from notifier.context import ChannelConfig, NotifierContext
from notifier.delivery.delivery_status import apply_status
from notifier.dispatch.delivery_timeouts import awaited
from notifier.dispatch.outcomes import fail
from notifier.dispatch.status_queries import StatusQuery, status_query_of
from notifier.followup.fallback_chain import is_reached
from notifier.notifications.request import request_from_row
from notifier.notifications.store import load_for_update
from shared.clock import Clock, real_now
from shared.db.engine import Database, lock_keys, record_key
from shared.db.schema import notification
from shared.process.isolation import isolate

ANSWERED_WITHIN: Final = timedelta(seconds=10)
"""How long a provider may take to say what it knows before the next channel goes; real time."""

_BATCH: Final = 50
_CONNECTIONS: Final = 4
"""How many are looked at at a time; all are asked about at once, so that a provider that hangs holds up no other's."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class ConfirmationTimeouts:
    """Waits for what providers say of messages, for so long and no longer."""

    database: Database
    channels: Mapping[str, Channel]
    config: ChannelConfig
    clock: Clock
    real_clock: Clock = real_now
    answered_within: timedelta = ANSWERED_WITHIN

    async def expire(self) -> int:
        """Let the next channel try what has been waited for long enough; answers how many there were."""
        columns = notification.c
        query = select(columns.notification_id).where(columns.delivery_deadline <= self.clock())
        async with self.database.transaction() as connection:
            due = list(await connection.scalars(query.order_by(columns.delivery_deadline).limit(_BATCH)))
        slots = asyncio.Semaphore(_CONNECTIONS)
        end = partial(self._expire, slots)
        ends = (isolate(notification_id, end, _leave) for notification_id in due)
        for ended in await asyncio.gather(*ends, return_exceptions=True):
            if ended is not None:
                raise ended
        return len(due)

    async def _expire(self, slots: asyncio.Semaphore, notification_id: str) -> None:
        async with slots, self.database.transaction() as connection:
            query = select(notification).where(notification.c.notification_id == notification_id)
            row = (await connection.execute(query)).mappings().one()
            status_query = await status_query_of(self._context(connection), row)
        found = await self._ask(status_query)
        async with slots, self.database.transaction() as connection:
            await lock_keys(connection, [record_key(row["dealer_id"], row["customer_id"])])
            context = self._context(connection)
            if status_query is not None and found is not None:
                await _apply_answer(context, status_query, found)
            await _decide(context, notification_id)

    async def _ask(self, status_query: StatusQuery | None) -> StatusFound | None:
        """What the provider knows that no receipt has told."""
        channel = self.channels.get(status_query.ref.channel) if status_query is not None else None
        if status_query is None or not isinstance(channel, SupportsLookup):
            return None
        try:
            async with asyncio.timeout(self.answered_within.total_seconds()):
                answer = await channel.ask(status_query.lookup)
        except Exception:
            _log.exception("channel_not_asked", notification_id=status_query.ref.notification_id)
            return None
        return answer if isinstance(answer, StatusFound) else None

    def _context(self, connection: AsyncConnection) -> NotifierContext:
        return NotifierContext(connection, self.config, self.clock(), self.real_clock())


async def _leave(notification_id: str, _error: Exception) -> None:
    _log.exception("confirmation_timeout_failed", notification_id=notification_id)


async def _apply_answer(context: NotifierContext, status_query: StatusQuery, found: StatusFound) -> None:
    row = await load_for_update(context, status_query.ref.notification_id)
    if row is not None:
        await apply_status(context, row, status_query.ref.attempt_id, found.status, found.code)


async def _decide(context: NotifierContext, notification_id: str) -> None:
    """Give it up if it is still waited for, and nobody has been reached meanwhile."""
    row = await load_for_update(context, notification_id)
    if row is None or row["delivery_deadline"] is None or row["delivery_deadline"] > context.now:
        return
    missing = awaited(row["channel"], row["purpose"], row["status"])
    if missing is None or await is_reached(context, request_from_row(row)):
        await _forget(context, row)
    else:
        await fail(context, row, missing)


async def _forget(context: NotifierContext, row: RowMapping) -> None:
    mine = notification.c.notification_id == row["notification_id"]
    await context.connection.execute(update(notification).where(mine).values(delivery_deadline=None))
