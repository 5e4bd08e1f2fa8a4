"""One shared commit for all requests that wait: who comes while one is under way goes with the next."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.problems import Problem, unavailable
from journey_api.intake.event_plan import plan_posts
from journey_api.intake.leads import Leads, begin_leads
from journey_api.intake.prepare import (
    EventKey,
    Outcome,
    Plan,
    Posted,
    Stored,
    key_of,
    naming_of,
    plan_intake,
)
from journey_api.intake.store import bare_driver, load_known, reserve_cases, store_alone, store_events
from journey_api.intake.unknown_people import find_unknown
from journey_api.intake.warnings import add_warnings
from shared.clock import Clock
from shared.db.engine import Database, bind, bind_session
from shared.playbook.ruleset.entries import Playbook
from shared.process.failpoints import failpoint
from shared.process.group_commit import GroupCommit
from shared.process.transient_errors import is_outage

AT_ONCE: Final = 500
"""The most events of several requests that share a commit; a larger batch commits alone."""

WAITING: Final = 20_000
"""The most events that may wait for their commit; beyond, requests are turned away."""

_RACES: Final = 10
_MAX_WAIT: Final = 15.0
_LOG: Final = structlog.get_logger(__name__)
_Answer = list[Outcome]


class BatchWriter:
    """Stores what requests submit. Nothing is answered before it is committed, and no failure reaches a neighbour."""

    def __init__(self, database: Database, clock: Clock, playbook: Playbook) -> None:
        self._database = database
        self._clock = clock
        self._playbook = playbook
        self._group: GroupCommit[Posted, _Answer] = GroupCommit(_oldest, self._flush)
        self._events = 0
        self._connection: AsyncConnection | None = None
        self._bound: frozenset[str] | None = None
        self._repeats = False

    async def submit(self, posted: Posted) -> list[Outcome]:
        """Store the events of a request, all or none, of a partial one those that are good; answers after the commit.

        Where a request that is not partial has a refused event, nothing of it is stored. Raises a 503 Problem.
        """
        size = len(posted.events)
        if self._events and self._events + size > WAITING:
            raise unavailable("Too many events wait to be stored; nothing was stored.")
        self._events += size
        try:
            return await self._group.submit(posted)
        except Exception as error:
            if is_outage(error):
                raise unavailable() from error
            raise
        finally:
            self._events -= size

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
            async with asyncio.timeout(_MAX_WAIT):
                failpoint("intake.before_commit")
                answers = await self._commit(posts)
                failpoint("intake.before_answer")
                return answers
        except Exception as error:
            _LOG.warning("intake_failed", outage=is_outage(error), requests=len(posts), error=type(error).__name__)
            await self._disconnect()
            raise

    async def _commit(self, posts: Sequence[Posted]) -> list[_Answer]:
        """As a rule all is new and names no case: one statement stores it. Else step by step, in a transaction."""
        plain = not any(naming_of(event) or event.data.lead for posted in posts for event in posted.events)
        if not self._repeats and plain:
            plan = plan_intake(posts, {}, {})
            if not plan.refuses and await self._store_alone(plan):
                return plan.answers
        return await self._commit_carefully(posts)

    async def _store_alone(self, plan: Plan) -> bool:
        driver = await bare_driver(await self._connected())
        dealers = frozenset(row.event.data.dealer_id for row in plan.rows)
        if dealers != self._bound:
            await bind_session(driver, dealers)
            self._bound = dealers
        unknown = await store_alone(driver, plan.rows)
        if unknown is None:
            return False
        add_warnings(plan.rows, unknown, self._playbook)
        return True

    async def _commit_carefully(self, posts: Sequence[Posted]) -> list[_Answer]:
        known: dict[EventKey, Stored] = {}
        leads = any(event.data.lead for posted in posts for event in posted.events)
        for attempt in range(_RACES):
            connection = await self._connected()
            transaction = await connection.begin()
            await bind(connection, {event.data.dealer_id for posted in posts for event in posted.events})
            driver = await bare_driver(connection)
            if attempt or self._repeats or leads:
                known = await load_known(driver, (key_of(event) for posted in posts for event in posted.events))
                self._repeats = bool(known)
            plan, begun = await plan_posts(connection, posts, known)
            # without a look at what is stored, a repeat can seem to be refused
            settled = attempt or not plan.refuses
            if settled and await self._store(connection, driver, plan, begun):
                await transaction.commit()
                return plan.answers
            await transaction.rollback()
        raise Problem(503, "Other processes store the same events.", headers={"Retry-After": "1"})

    async def _store(self, connection: AsyncConnection, driver: Any, plan: Plan, leads: Leads) -> bool:
        if plan.reservations and not await reserve_cases(driver, plan.reservations):
            return False
        await begin_leads(connection, leads, plan.rows, self._clock())
        unknown = (await find_unknown(driver, plan.rows))._replace(not_kept=leads.not_kept)
        add_warnings(plan.rows, unknown, self._playbook)
        return not plan.rows or await store_events(driver, plan.rows)

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
