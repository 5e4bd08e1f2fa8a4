"""Notes how attempts ended: all that ended while the last were noted, in one transaction."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.context import Desk
from notifier.dispatch.attempts import Outcome, Ticket
from notifier.dispatch.outcomes import record_outcomes
from notifier.notifications.store import tell_said
from shared.db.engine import Database
from shared.process.isolation import bisect
from shared.process.transient_errors import through_outages


@dataclass(frozen=True, slots=True)
class _Ended:
    """An attempt that ended, and who waits until that is noted."""

    ticket: Ticket
    outcome: Outcome
    noted: asyncio.Future[None]


class Recorder:
    """Notes outcomes however long the database is away: what is forgotten is sent once more."""

    def __init__(self, database: Database, desk_at: Callable[[AsyncConnection], Desk], stop: asyncio.Event) -> None:
        self._database = database
        self._desk_at = desk_at
        self._stop = stop
        self._waiting: list[_Ended] = []
        self._working: asyncio.Task[None] | None = None

    async def note(self, ticket: Ticket, outcome: Outcome) -> None:
        """Store how an attempt ended, and what follows. Raises what forbids it; an outage only when asked to stop."""
        ended = _Ended(ticket, outcome, asyncio.get_running_loop().create_future())
        self._waiting.append(ended)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        await ended.noted

    async def _work(self) -> None:
        while self._waiting:
            taken = self._take()
            await self._note_all(taken)

    def _take(self) -> list[_Ended]:
        """What waits, of each notification the first; the others see what that has changed."""
        taken: dict[str, _Ended] = {}
        for ended in self._waiting:
            taken.setdefault(ended.ticket.notification_id, ended)
        first = list(taken.values())
        self._waiting = [ended for ended in self._waiting if taken[ended.ticket.notification_id] is not ended]
        return first

    async def _note_all(self, taken: Sequence[_Ended]) -> None:
        """All of them, or, where that cannot be, all but those that cannot be noted."""
        try:
            await bisect("outcomes", taken, self._note_together, _fail)
        except Exception as outage:
            _end(taken, outage)

    async def _note_together(self, taken: Sequence[_Ended]) -> None:
        await self._store(taken)
        _end(taken)

    async def _store(self, taken: Sequence[_Ended]) -> None:
        async def store(connection: AsyncConnection) -> None:
            desk = self._desk_at(connection)
            desk.said = []
            await record_outcomes(desk, [(ended.ticket, ended.outcome) for ended in taken])
            await tell_said(desk)

        await through_outages(self._database, self._stop, store)


async def _fail(ended: _Ended, error: Exception) -> None:
    _end([ended], error)


def _end(taken: Sequence[_Ended], error: Exception | None = None) -> None:
    for ended in taken:
        if ended.noted.done():
            continue
        if error is None:
            ended.noted.set_result(None)
        else:
            ended.noted.set_exception(error)
