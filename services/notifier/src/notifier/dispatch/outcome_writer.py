"""Notes how attempts ended: all that ended while the last were noted, in one transaction."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.context import Desk
from notifier.dispatch.attempts import Outcome, Ticket
from notifier.dispatch.outcomes import record_outcomes
from notifier.notifications.store import tell_said
from shared.db.engine import Database
from shared.process.transient_errors import is_outage, through_outages

_log = structlog.get_logger()


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
        """All of them, or, where that cannot be, each by itself."""
        try:
            await self._store(taken)
        except Exception as error:
            if len(taken) == 1 or is_outage(error):
                _end(taken, error)
                return
            _log.warning("outcomes_divided", attempts=len(taken), error=type(error).__name__)
            for ended in taken:
                await self._note_all([ended])
        else:
            _end(taken)

    async def _store(self, taken: Sequence[_Ended]) -> None:
        async def store(connection: AsyncConnection) -> None:
            desk = self._desk_at(connection)
            desk.said = []
            await record_outcomes(desk, [(ended.ticket, ended.outcome) for ended in taken])
            await tell_said(desk)

        await through_outages(self._database, self._stop, store)


def _end(taken: Sequence[_Ended], error: Exception | None = None) -> None:
    for ended in taken:
        if ended.noted.done():
            continue
        if error is None:
            ended.noted.set_result(None)
        else:
            ended.noted.set_exception(error)
