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

from notifier.channels.channel import Askable, Channel, Found
from notifier.context import Desk, Means
from notifier.delivery.delivery_status import note_word
from notifier.dispatch.delivery_timeouts import awaited
from notifier.dispatch.outcomes import fail
from notifier.dispatch.status_queries import Question, question_of
from notifier.followup.fallback_chain import has_ended
from notifier.notifications.request import obligation_of
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
class Listener:
    """Waits for what providers say of messages, for so long and no longer."""

    database: Database
    channels: Mapping[str, Channel]
    means: Means
    clock: Clock
    real_clock: Clock = real_now
    answered_within: timedelta = ANSWERED_WITHIN

    async def give_up_silent(self) -> int:
        """Let the next channel try what has been waited for long enough; answers how many there were."""
        columns = notification.c
        query = select(columns.notification_id).where(columns.patience_until <= self.clock())
        async with self.database.transaction() as connection:
            due = list(await connection.scalars(query.order_by(columns.patience_until).limit(_BATCH)))
        turns = asyncio.Semaphore(_CONNECTIONS)
        end = partial(self._end_patience, turns)
        ends = (isolate(notification_id, end, _leave) for notification_id in due)
        for ended in await asyncio.gather(*ends, return_exceptions=True):
            if ended is not None:
                raise ended
        return len(due)

    async def _end_patience(self, turns: asyncio.Semaphore, notification_id: str) -> None:
        async with turns, self.database.transaction() as connection:
            query = select(notification).where(notification.c.notification_id == notification_id)
            row = (await connection.execute(query)).mappings().one()
            question = await question_of(self._desk(connection), row)
        heard = await self._ask(question)
        async with turns, self.database.transaction() as connection:
            await lock_keys(connection, [record_key(row["dealer_id"], row["customer_id"])])
            desk = self._desk(connection)
            if question is not None and heard is not None:
                await _hear(desk, question, heard)
            await _decide(desk, notification_id)

    async def _ask(self, question: Question | None) -> Found | None:
        """What the provider knows that no receipt has told."""
        channel = self.channels.get(question.ticket.channel) if question is not None else None
        if question is None or not isinstance(channel, Askable):
            return None
        try:
            async with asyncio.timeout(self.answered_within.total_seconds()):
                answer = await channel.ask(question.inquiry)
        except Exception:
            _log.exception("channel_not_asked", notification_id=question.ticket.notification_id)
            return None
        return answer if isinstance(answer, Found) else None

    def _desk(self, connection: AsyncConnection) -> Desk:
        return Desk(connection, self.means, self.clock(), self.real_clock())


async def _leave(notification_id: str, _error: Exception) -> None:
    _log.exception("silence_not_ended", notification_id=notification_id)


async def _hear(desk: Desk, question: Question, heard: Found) -> None:
    row = await load_for_update(desk, question.ticket.notification_id)
    if row is not None:
        await note_word(desk, row, question.ticket.attempt_id, heard.status, heard.code)


async def _decide(desk: Desk, notification_id: str) -> None:
    """Give it up if it is still waited for, and nobody has been reached meanwhile."""
    row = await load_for_update(desk, notification_id)
    if row is None or row["patience_until"] is None or row["patience_until"] > desk.now:
        return
    missing = awaited(row["channel"], row["purpose"], row["status"])
    if missing is None or await has_ended(desk, obligation_of(row)):
        await _forget(desk, row)
    else:
        await fail(desk, row, missing)


async def _forget(desk: Desk, row: RowMapping) -> None:
    mine = notification.c.notification_id == row["notification_id"]
    await desk.connection.execute(update(notification).where(mine).values(patience_until=None))
