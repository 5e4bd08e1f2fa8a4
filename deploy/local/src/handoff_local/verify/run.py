"""Verifying a whole database: some cases at a time, in one snapshot that sees no change and makes none."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, Final

from sqlalchemy import TextClause, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_local.verify.appointment_checks import check_appointment, read_appointments
from handoff_local.verify.case_history import CaseHistory
from handoff_local.verify.check_case import check_case, check_lone_routing, check_lone_tasks_of
from handoff_local.verify.findings import BEING_HANDLED, Verdict, What
from handoff_local.verify.load import Dealerships, RelatedRows, read_histories, read_lone_tasks
from handoff_local.verify.load_promises import read_promises
from handoff_local.verify.moment_checks import CUSTOMERS, DUE, check_moments, read_moments
from handoff_local.verify.promise_checks import check_promise
from handoff_local.verify.statements import (
    LONE_TASKS,
    NEAR_CASES,
    ORPHAN_ROUTINGS,
    ORPHAN_TASKS,
    ORPHAN_TIMERS,
    PENDING,
    UNROUTED,
)
from handoff_local.verify.stored_values import read_routed, routing_query
from shared.db.engine import EVERY_DEALER, Database, bind, record_key
from shared.db.schema import journey_case, routing
from shared.ids import CaseKey, CustomerKey
from shared.messaging.bus import JOURNEY_STEP
from shared.playbook.ruleset.entries import Playbook
from shared.process.error_text import reason_of
from shared.sla.store.due_subjects import TIMER_DUE

AT_ONCE: Final = 100
"""Cases, or events, that are in memory at the same time."""

_HANDLED: Final = (JOURNEY_STEP, "handoff.task.accepted.v1", "handoff.task.completed.v1")
_DUE: Final = ("handoff.sla.breached.v1", TIMER_DUE)
_ORPHANS: Final[Mapping[What, TextClause]] = {"routing": ORPHAN_ROUTINGS, "task": ORPHAN_TASKS, "clock": ORPHAN_TIMERS}


@dataclass(frozen=True, slots=True)
class Scope:
    """What is verified: one dealer or all; only what anything happened to `since` an instant of domain time."""

    dealer_id: str | None = None
    since: datetime | None = None

    def values(self, **more: Any) -> dict[str, Any]:
        """For the statements."""
        return {"since": self.since, "batch": AT_ONCE, **more}


async def verify(database: Database, playbook: Playbook, scope: Scope, now: datetime) -> AsyncIterator[Verdict]:
    """Verdicts as they are reached, about what is stored at one instant; `now` is domain time.

    Reads at most AT_ONCE cases at a time. Which customers still have records on the way is remembered for the whole
    run; nothing of theirs is compared.
    """
    async with _snapshot(database, scope) as connection:
        run = _Run(connection, playbook, scope, now)
        async for verdict in run.verdicts():
            yield verdict


@asynccontextmanager
async def _snapshot(database: Database, scope: Scope) -> AsyncIterator[AsyncConnection]:
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    async with database.engine.connect() as plain:
        connection = await plain.execution_options(**options)
        async with connection.begin():
            await bind(connection, scope.dealer_id or EVERY_DEALER)
            # between two readings one case after another is compared, however long that takes
            await connection.execute(text("set local idle_in_transaction_session_timeout = 0"))
            yield connection


class _Run:
    """One pass over the snapshot."""

    def __init__(self, connection: AsyncConnection, playbook: Playbook, scope: Scope, now: datetime) -> None:
        self._connection = connection
        self._playbook = playbook
        self._scope = scope
        self._now = now
        self._dealerships = Dealerships(connection)
        self._pending: frozenset[str] = frozenset()
        self._awaited: frozenset[str] = frozenset()

    async def verdicts(self) -> AsyncIterator[Verdict]:
        self._pending = await self._find_pending("handoff-worker", _HANDLED)
        self._awaited = await self._find_pending("handoff-worker-offers", _DUE)
        for part in (
            self._cases,
            self._lone_routings,
            self._unrouted,
            self._lone_tasks,
            self._promises,
            self._appointments,
            self._orphans,
            self._moments,
        ):
            async for verdict in part():
                yield verdict

    async def _cases(self) -> AsyncIterator[Verdict]:
        after: CaseKey = ("", "")
        while page := await self._page(after):
            for history in await read_histories(self._connection, self._dealerships, page):
                case = history.case
                if self._is_pending(case.dealer_id, case.customer_id):
                    yield self._excused(case.dealer_id)
                else:
                    check = partial(check_case, self._with_awaited(history), self._playbook, self._now)
                    yield _legible("case", case.dealer_id, case.case_id, check)
            after = page[-1]

    async def _page(self, after: CaseKey) -> list[CaseKey]:
        columns = journey_case.c
        key = tuple_(columns.dealer_id, columns.case_id)
        query = select(columns.dealer_id, columns.case_id).where(key > after, columns.status != "reserved")
        if self._scope.since is not None:
            query = query.where(columns.last_activity_at >= self._scope.since)
        rows = await self._connection.execute(query.order_by(columns.dealer_id, columns.case_id).limit(AT_ONCE))
        return [(row.dealer_id, row.case_id) for row in rows]

    async def _lone_routings(self) -> AsyncIterator[Verdict]:
        after = ""
        query = routing_query().where(routing.c.case_id.is_(None))
        if self._scope.since is not None:
            query = query.where(routing.c.routed_at >= self._scope.since)
        ordered = query.order_by(routing.c.event_id).limit(AT_ONCE)
        while page := await read_routed(self._connection, ordered.where(routing.c.event_id > after)):
            related = RelatedRows(self._connection)
            await related.read((), [one.event for one in page])
            ids = [one.event.event_id for one in page]
            near = frozenset(await self._connection.scalars(NEAR_CASES, {"ids": ids}))
            for one in page:
                dealership = await self._dealerships.of(one.event.dealer_id)
                customer, written = related.customer(one.event), related.written(one.event)
                about = (one, dealership, customer, related.delivered, self._playbook, written)
                check = partial(check_lone_routing, *about, near_case=one.event.event_id in near)
                yield _legible("routing", one.event.dealer_id, one.event.event_id, check)
            after = page[-1].event.event_id

    async def _unrouted(self) -> AsyncIterator[Verdict]:
        after = ""
        while page := (await self._connection.execute(UNROUTED, self._scope.values(after=after))).all():
            for row in page:
                if self._is_pending(row.dealer_id, row.customer_id):
                    yield self._excused(row.dealer_id)
                else:
                    yield _missing(row.dealer_id, row.event_id)
            after = page[-1].event_id

    async def _lone_tasks(self) -> AsyncIterator[Verdict]:
        after = ""
        while page := (await self._connection.execute(LONE_TASKS, self._scope.values(after=after))).all():
            for dealer_id, rows in groupby(sorted(page), key=lambda row: str(row.dealer_id)):
                ids = [row.task_id for row in rows]
                history = await read_lone_tasks(self._connection, self._dealerships, dealer_id, ids)
                yield check_lone_tasks_of(self._with_awaited(history), self._now)
            after = page[-1].task_id

    async def _promises(self) -> AsyncIterator[Verdict]:
        after = ""
        while page := await read_promises(self._connection, after, self._scope.since, AT_ONCE, self._awaited):
            for history in page:
                one = history.promise
                yield _legible("promise", one.dealer_id, one.promise_id, partial(check_promise, history, self._now))
            after = page[-1].promise.promise_id

    async def _appointments(self) -> AsyncIterator[Verdict]:
        after = ("", "")
        while page := await read_appointments(self._connection, after, self._scope.since, AT_ONCE):
            for one, timers in page:
                policies = (await self._dealerships.of(one.dealer_id)).policies
                check = partial(check_appointment, one, timers, policies, self._now)
                yield _legible("clock", one.dealer_id, one.appointment_id, check)
            after = page[-1][0].dealer_id, page[-1][0].appointment_id

    async def _orphans(self) -> AsyncIterator[Verdict]:
        for what, statement in _ORPHANS.items():
            after = ""
            while page := (await self._connection.execute(statement, self._scope.values(after=after))).all():
                for row in page:
                    verdict = Verdict(row.dealer_id)
                    verdict.report_difference(what, row.id, row.of, None)
                    yield verdict
                after = page[-1].id

    async def _moments(self) -> AsyncIterator[Verdict]:
        due = frozenset(await self._connection.scalars(DUE))
        after: CustomerKey = ("", "")
        while page := await self._customers(after):
            for key, (cases, stored) in (await read_moments(self._connection, self._playbook, page)).items():
                if record_key(*key) in due:
                    yield self._excused(key[0], "moment")
                else:
                    yield _legible("moment", key[0], key[1], partial(check_moments, key[0], cases, stored))
            after = page[-1]

    async def _customers(self, after: CustomerKey) -> list[CustomerKey]:
        values = self._scope.values(dealer=after[0], customer=after[1])
        return [(row.dealer_id, row.customer_id) for row in await self._connection.execute(CUSTOMERS, values)]

    async def _find_pending(self, consumer: str, types: tuple[str, ...]) -> frozenset[str]:
        return frozenset(await self._connection.scalars(PENDING, {"consumer": consumer, "types": list(types)}))

    def _with_awaited(self, history: CaseHistory) -> CaseHistory:
        return replace(history, awaited=self._awaited)

    def _is_pending(self, dealer_id: str, customer_id: str | None) -> bool:
        return record_key(dealer_id, customer_id) in self._pending

    def _excused(self, dealer_id: str, what: What = "routing") -> Verdict:
        verdict = Verdict(dealer_id)
        verdict.excuse(what, BEING_HANDLED)
        return verdict


def _legible(what: What, dealer_id: str, identity: str, check: Callable[[], Verdict]) -> Verdict:
    """The verdict, or that what is stored cannot be made out: nothing of ours has ever written it."""
    try:
        return check()
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        verdict = Verdict(dealer_id)
        verdict.report_difference(what, identity, f"unreadable, {reason_of(error)}", "readable")
        return verdict


def _missing(dealer_id: str, event_id: str) -> Verdict:
    verdict = Verdict(dealer_id)
    verdict.report_difference("routing", event_id, None, "routed or dead")
    return verdict
