"""One shared commit for all requests that wait: who comes while one is under way goes with the next."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.problems import Problem, unavailable
from journey_api.intake.prepare import (
    EventKey,
    Plan,
    Posted,
    Receipt,
    Refused,
    Stored,
    key_of,
    naming_of,
    plan_intake,
)
from journey_api.intake.store import driver_of, load_known, reserve_cases, store_alone, store_events
from shared.cases.store import load_cases
from shared.clock import Clock
from shared.db.engine import Database, bind, bind_session
from shared.process.failpoints import passing
from shared.process.group_commit import GroupCommit
from shared.process.transient_errors import is_outage

AT_ONCE: Final = 500
"""The most events of several requests that share a commit; a larger batch commits alone."""

WAITING: Final = 20_000
"""The most events that may wait for their commit; beyond, requests are turned away."""

_RACES: Final = 10
_PATIENCE: Final = 15.0
_LOG: Final = structlog.get_logger(__name__)
_Answer = list[Receipt] | Refused


class Flusher:
    """Stores what requests submit. Nothing is answered before it is committed, and no failure reaches a neighbour."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._group: GroupCommit[Posted, _Answer] = GroupCommit(_oldest, self._flush)
        self._events = 0
        self._connection: AsyncConnection | None = None
        self._bound: frozenset[str] | None = None
        self._repeats = False

    async def submit(self, posted: Posted) -> list[Receipt]:
        """Store the events of a request, all or none; answers after the commit. Raises Refused, or a 503 Problem."""
        size = len(posted.events)
        if self._events and self._events + size > WAITING:
            raise unavailable("Too many events wait to be stored; nothing was stored.")
        self._events += size
        try:
            answer = await self._group.submit(posted)
        except Exception as error:
            if is_outage(error):
                raise unavailable() from error
            raise
        finally:
            self._events -= size
        if isinstance(answer, Refused):
            raise answer
        return answer

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep a connection inside the context; what waits at its end is stored still."""
        try:
            yield
        finally:
            await self._group.drained()
            await self._disconnect()

    async def _flush(self, posts: Sequence[Posted]) -> list[_Answer]:
        try:
            async with asyncio.timeout(_PATIENCE):
                passing("intake.before_commit")
                answers = await self._commit(posts)
                passing("intake.before_answer")
                return answers
        except Exception as error:
            _LOG.warning("intake_failed", outage=is_outage(error), requests=len(posts), error=type(error).__name__)
            await self._disconnect()
            raise

    async def _commit(self, posts: Sequence[Posted]) -> list[_Answer]:
        """As a rule all is new and names no case: one statement stores it. Else step by step, in a transaction."""
        named = any(naming_of(event) for posted in posts for event in posted.events)
        if not self._repeats and not named:
            plan = plan_intake(posts, {}, {}, self._clock())
            if not any(isinstance(answer, Refused) for answer in plan.answers) and await self._store_alone(plan):
                return plan.answers
        return await self._commit_carefully(posts)

    async def _store_alone(self, plan: Plan) -> bool:
        connection = await self._connected()
        dealers = frozenset(row.event.data.dealer_id for row in plan.rows)
        if dealers != self._bound:
            await bind_session(connection, dealers)
            self._bound = dealers
        return await store_alone(await driver_of(connection), plan.rows)

    async def _commit_carefully(self, posts: Sequence[Posted]) -> list[_Answer]:
        known: dict[EventKey, Stored] = {}
        for attempt in range(_RACES):
            connection = await self._connected()
            transaction = await connection.begin()
            await bind(connection, {event.data.dealer_id for posted in posts for event in posted.events})
            driver = await driver_of(connection)
            if attempt or self._repeats:
                known = await load_known(driver, (key_of(event) for posted in posts for event in posted.events))
                self._repeats = bool(known)
            plan = await self._plan(connection, posts, known)
            # without a look at what is stored, a repeat can seem to be refused
            settled = attempt or not any(isinstance(answer, Refused) for answer in plan.answers)
            if settled and await _store(driver, plan):
                await transaction.commit()
                return plan.answers
            await transaction.rollback()
        raise Problem(503, "Other processes store the same events.", headers={"Retry-After": "1"})

    async def _plan(self, connection: AsyncConnection, posts: Sequence[Posted], known: dict[EventKey, Stored]) -> Plan:
        namings = (naming_of(event) for posted in posts for event in posted.events)
        named = {(naming.dealer_id, naming.case_id) for naming in namings if naming is not None}
        cases = await load_cases(connection, named) if named else {}
        return plan_intake(posts, known, cases, self._clock())

    async def _connected(self) -> AsyncConnection:
        """The connection this flusher keeps."""
        if self._connection is None:
            self._connection = await self._database.engine.connect()
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection, self._bound = self._connection, None, None
        if connection is None:
            return
        async with AsyncExitStack() as stack:
            stack.enter_context(suppress(Exception))
            await connection.invalidate()
            await connection.close()


def _oldest(waiting: Iterable[Posted]) -> Collection[int]:
    """The oldest that wait, as many as share a commit."""
    size = taken = 0
    for posted in waiting:
        size += len(posted.events)
        if taken and size > AT_ONCE:
            break
        taken += 1
    return range(taken)


async def _store(driver: Any, plan: Plan) -> bool:
    if plan.reservations and not await reserve_cases(driver, plan.reservations):
        return False
    return not plan.rows or await store_events(driver, plan.rows)
