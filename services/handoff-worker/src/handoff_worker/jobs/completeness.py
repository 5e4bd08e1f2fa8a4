"""Records that should have a scheduled trigger of a time rule, or a clock, and have none: the auditor looks for them.

Each look takes the next page of records, so that its cost does not grow with their number, and looks again at what was
lacking before: what is lacking twice in a row counts, for the next trigger of a rule may just be on its way. What an
event of imported history alone has told of a vehicle or a customer schedules nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, Final, Self

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.triggers.trigger_subjects import TABLES, Subject, load_subjects
from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import customer, dealer, sla_timer, timer_due
from shared.sla.engine.appointment_timers import rules_to_come
from shared.sla.policy.policy import Policies
from shared.sla.store.appointment_clocks import SUBJECT as APPOINTMENT
from shared.sla.store.appointment_clocks import read_appointment
from shared.sla.store.policies import load_policies
from shared.sla.store.trigger_rows import BEGIN, DEALER, RECORDS, RESCHEDULE
from shared.sla.triggers.dealer_days import dealer_triggers
from shared.sla.triggers.scheduled_triggers import moved
from shared.sla.triggers.series import LOOKED_FOR, series_of

PAGE: Final = 1_000
"""Records that one look goes through."""
KEPT: Final = 1_000
"""So many lacking ones are remembered, to be looked at again."""
TRIGGERS: Final = "records_without_trigger"
CLOCKS: Final = "appointments_without_clock"
UNREADABLE: Final = "unreadable"
"""In place of a series: the triggers of the record cannot be worked out."""
KINDS: Final = (*RECORDS, DEALER)
_TOLD_BY_EVENTS: Final = frozenset({"customer_id", "vin", "plate", "delivered_on", "registered_on"})

Key = tuple[str, str]
"""Dealer and record."""


@dataclass(frozen=True, slots=True, order=True)
class Lacking:
    """A record of a kind that has no trigger of a series, or no clock of a rule."""

    kind: str
    dealer_id: str
    subject_id: str
    name: str
    clock: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """How far the records were gone through, the one named included.

    `lacking`: what was lacking at the last two looks, `suspected`: what was at the last one.
    """

    kind: str = KINDS[0]
    dealer_id: str = ""
    subject_id: str = ""
    lacking: tuple[Lacking, ...] = ()
    suspected: tuple[Lacking, ...] = ()

    def document(self) -> dict[str, Any]:
        """As stored."""
        return {
            "after": [self.kind, self.dealer_id, self.subject_id],
            "lacking": [astuple(one) for one in self.lacking],
            "suspected": [astuple(one) for one in self.suspected],
        }

    @classmethod
    def read(cls, document: dict[str, Any] | None) -> Self:
        """The position of its document; the beginning where there is none."""
        if not document:
            return cls()
        lacking, suspected = (tuple(Lacking(*one) for one in document[name]) for name in ("lacking", "suspected"))
        kind, dealer_id, subject_id = document["after"]
        return cls(kind, dealer_id, subject_id, lacking, suspected)

    @property
    def counts(self) -> dict[str, int]:
        """How many triggers and clocks are lacking."""
        return {
            TRIGGERS: sum(not one.clock for one in self.lacking),
            CLOCKS: sum(one.clock for one in self.lacking),
        }


async def look_on(connection: AsyncConnection, position: Position, now: datetime, written_before: datetime) -> Position:
    """Look at the next records and at those that lacked something; answers where the next look begins, and what lacks.

    `written_before`: domain time; what was written or fired since then may not have been acted on yet.
    """
    pages, end = await _next_pages(connection, position, written_before)
    before = {*position.lacking, *position.suspected}
    for kind in {one.kind for one in before}:
        keys = {(one.dealer_id, one.subject_id) for one in before if one.kind == kind}
        others = [one for one in pages[kind] if (one.dealer_id, one.subject_id) not in keys]
        pages[kind] = [*await _load(connection, kind, keys), *others]
    found: set[Lacking] = set()
    for kind, subjects in pages.items():
        found.update(await _lacking(connection, kind, subjects, now))
    return Position(*end, lacking=_some(found & before), suspected=_some(found - before))


def _some(found: Collection[Lacking]) -> tuple[Lacking, ...]:
    return tuple(sorted(found)[:KEPT])


async def _next_pages(
    connection: AsyncConnection, position: Position, written_before: datetime
) -> tuple[dict[str, list[Subject]], tuple[str, str, str]]:
    """The next page by kind, once around at most, and where it ends."""
    pages: dict[str, list[Subject]] = defaultdict(list)
    kind, after, left = position.kind, (position.dealer_id, position.subject_id), PAGE
    for _ in range(len(KINDS) + 1):
        page = await _page(connection, kind, after, written_before, left)
        pages[kind] += page
        left -= len(page)
        if left == 0:
            return pages, (kind, page[-1].dealer_id, page[-1].subject_id)
        kind, after = KINDS[(KINDS.index(kind) + 1) % len(KINDS)], ("", "")
    return pages, (kind, *after)


async def _page(
    connection: AsyncConnection, kind: str, after: Key, written_before: datetime, limit: int
) -> list[Subject]:
    if kind == DEALER:
        dealers = select(dealer.c.dealer_id, dealer.c.created_at, dealer.c.record)
        dealers = dealers.where(dealer.c.dealer_id > after[0], dealer.c.updated_at < written_before)
        found = await connection.execute(dealers.order_by(dealer.c.dealer_id).limit(limit))
        return [Subject(row.dealer_id, row.dealer_id, None, row.created_at, row.record) for row in found]
    table, identity = TABLES[kind]
    columns = (table.c.dealer_id, identity, table.c.customer_id, table.c.created_at, table.c.record)
    query = select(*columns).where(tuple_(table.c.dealer_id, identity) > after, table.c.updated_at < written_before)
    if kind == "customer":
        query = query.where(customer.c.merged_into.is_(None))
    rows = await connection.execute(query.order_by(table.c.dealer_id, identity).limit(limit))
    return [Subject(*row) for row in rows]


async def _load(connection: AsyncConnection, kind: str, keys: Collection[Key]) -> list[Subject]:
    if kind != DEALER:
        return list((await load_subjects(connection, kind, keys)).values())
    query = select(dealer.c.dealer_id, dealer.c.created_at, dealer.c.record)
    rows = await connection.execute(query.where(dealer.c.dealer_id.in_([dealer_id for dealer_id, _ in keys])))
    return [Subject(row.dealer_id, row.dealer_id, None, row.created_at, row.record) for row in rows]


async def _lacking(connection: AsyncConnection, kind: str, subjects: Sequence[Subject], now: datetime) -> list[Lacking]:
    if not subjects:
        return []
    policies = await load_policies(connection, {one.dealer_id for one in subjects})
    keys = {(one.dealer_id, one.subject_id) for one in subjects}
    columns = timer_due.c
    named = in_keys(columns.dealer_id, columns.subject_id)
    query = select(columns.dealer_id, columns.subject_id, columns.threshold).where(columns.kind == "trigger", named)
    scheduled = {tuple(row) for row in await connection.execute(query, unnest_keys(keys))}
    work = unnest_keys({(dealer_id, name) for dealer_id, _ in keys for name in KINDS})
    moving = select(columns.dealer_id).where(columns.threshold == RESCHEDULE, columns.kind == "trigger", named)
    unsettled = set(await connection.scalars(moving.distinct(), work))
    clocks = await _clocks(connection, keys) if kind == APPOINTMENT else set()
    found = []
    for one in subjects:
        key = one.dealer_id, one.subject_id
        if one.dealer_id in unsettled or (*key, BEGIN) in scheduled:
            continue
        try:
            triggers = list(expected_triggers(kind, one, policies[one.dealer_id], now))
            rules = _expected_clocks(one, now) if kind == APPOINTMENT else ()
        except (ValueError, KeyError, TypeError, ArithmeticError):
            triggers, rules = [UNREADABLE], ()
        found += [Lacking(kind, *key, name) for name in triggers if (*key, name) not in scheduled]
        found += [Lacking(kind, *key, rule, clock=True) for rule in rules if (*key, rule) not in clocks]
    return found


def expected_triggers(kind: str, one: Subject, policies: Policies, now: datetime) -> Iterator[str]:
    """The series of which a record should have a trigger by now."""
    if kind == DEALER:
        yield from (trigger.name for trigger in dealer_triggers(policies, now))
        return
    if kind == "customer" and not one.record:
        return
    if kind == "vehicle" and not any(one.record[name] is not None for name in one.record.keys() - _TOLD_BY_EVENTS):
        return
    began = one.created_at.astimezone(policies.zone).date().isoformat()
    record = {**one.record, **(dict.fromkeys(LOOKED_FOR, began) if kind == "customer" else {})}
    for series in series_of(kind):
        if moved(series, record, policies, None, now) is not None:
            yield series.name


def _expected_clocks(one: Subject, now: datetime) -> tuple[str, ...]:
    return rules_to_come(read_appointment(one.dealer_id, one.subject_id, one.record), now)


async def _clocks(connection: AsyncConnection, keys: Collection[Key]) -> set[tuple[str, str, str]]:
    """The rules of which these appointments have, or had, a clock."""
    columns = sla_timer.c
    query = select(columns.dealer_id, columns.subject_id, columns.rule).where(
        columns.subject == APPOINTMENT, in_keys(columns.dealer_id, columns.subject_id)
    )
    return {(row[0], row[1], row[2]) for row in await connection.execute(query, unnest_keys(keys))}
