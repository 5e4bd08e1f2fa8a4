"""Notes how attempts ended: all that ended while the last were noted, in one transaction."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.context import NotifierContext
from notifier.dispatch.attempts import AttemptRef, Outcome
from notifier.dispatch.outcomes import record_outcomes
from notifier.notifications.store import publish_pending
from shared.db.engine import Database
from shared.process.group_commit import GroupCommit
from shared.process.transient_errors import through_outages

_Ended = tuple[AttemptRef, Outcome]


class OutcomeWriter:
    """Notes outcomes however long the database is away: what is forgotten is sent once more."""

    def __init__(
        self, database: Database, context_at: Callable[[AsyncConnection], NotifierContext], stop: asyncio.Event
    ) -> None:
        self._database = database
        self._context_at = context_at
        self._stop = stop
        self._group: GroupCommit[_Ended, None] = GroupCommit(_first_of_each, self._store)

    async def note(self, ref: AttemptRef, outcome: Outcome) -> None:
        """Store how an attempt ended, and what follows. Raises what forbids it; an outage only when asked to stop."""
        await self._group.submit((ref, outcome))

    async def _store(self, ended: Sequence[_Ended]) -> Sequence[None]:
        async def store(connection: AsyncConnection) -> None:
            context = self._context_at(connection)
            context.pending_events = []
            await record_outcomes(context, ended)
            await publish_pending(context)

        await through_outages(self._database, self._stop, store)
        return [None] * len(ended)


def _first_of_each(waiting: Iterable[_Ended]) -> Collection[int]:
    """Of each notification the first outcome; the others see what that has changed."""
    first: dict[str, int] = {}
    for at, (ref, _) in enumerate(waiting):
        first.setdefault(ref.notification_id, at)
    return set(first.values())
