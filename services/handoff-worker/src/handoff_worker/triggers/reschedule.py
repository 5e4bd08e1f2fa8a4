"""Triggers worked out anew: of a new customer, and of all records and cases of a dealer whose times have changed."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import structlog
from pydantic_core import to_json
from sqlalchemy import Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.triggers.moved_case_triggers import move_case_triggers
from handoff_worker.triggers.trigger_handler import TriggerContext
from handoff_worker.triggers.trigger_subjects import (
    TABLES,
    Contacts,
    Subject,
    load_contacts,
    load_subjects,
    with_contacts,
)
from shared.db.bulk import in_keys, unnest_keys
from shared.db.engine import record_key
from shared.db.schema import customer, timer_due
from shared.sla.engine.appointment_timers import Appointment
from shared.sla.policy.policy import Policies
from shared.sla.store.appointment_clocks import SUBJECT as APPOINTMENT
from shared.sla.store.appointment_clocks import find_without_clocks, follow_appointment, read_appointment
from shared.sla.store.due_subjects import DueSubject, schedule
from shared.sla.store.policies import load_policies
from shared.sla.store.trigger_rows import CASE, DEALER, RESCHEDULE, Placed, place_triggers
from shared.sla.triggers.dealer_days import DAY_SERIES, dealer_triggers
from shared.sla.triggers.scheduled_triggers import ScheduledTrigger, moved, triggers_of
from shared.sla.triggers.series import LOOKED_FOR, series_of

_log = structlog.get_logger()
PAGE: Final = 500
"""Records whose triggers are worked out in one transaction."""
_NOBODY: Final = Contacts()
_AFTER: Final = "/"
"""Between the kind of record and the last one that is done, in the subject of a row; no id holds it."""


async def begin_triggers(context: TriggerContext, due: Sequence[DueSubject]) -> None:
    """Schedule what the time rules ask of customers who have nothing scheduled."""
    policies = await load_policies(context.connection, {one.dealer_id for one in due})
    customers = await load_subjects(context.connection, "customer", {(one.dealer_id, one.subject_id) for one in due})
    await place_customers(context.connection, list(customers.values()), policies, context.now, days_too=True)


async def place_customers(
    connection: AsyncConnection,
    customers: Sequence[Subject],
    policies: Mapping[str, Policies],
    now: datetime,
    *,
    days_too: bool,
) -> None:
    """Make these the customers' only triggers: what their last contacts ask for, and with `days_too` their own days.

    `policies`: of their dealers. New customers are much alike: what is the same of one dealer's is worked out once.
    """
    if not customers:
        return
    names = [one.name for one in series_of("customer") if days_too or one.field in LOOKED_FOR]
    contacts = await load_contacts(connection, {one.customer for one in customers})

    alike: dict[tuple[str, bytes], list[ScheduledTrigger]] = {}

    def place(one: Subject) -> Placed:
        own = policies[one.dealer_id]
        record = with_contacts(one, contacts.get(one.customer, _NOBODY), own)
        same = one.dealer_id, to_json(record)
        if same not in alike:
            found = triggers_of("customer", record, own, now)
            alike[same] = [trigger for trigger in found.values() if trigger.name in names]
        return Placed(one.dealer_id, one.subject_id, one.subject_id, alike[same])

    await place_triggers(connection, place_each("customer", customers, place), names, now)


def place_each(record: str, subjects: Sequence[Subject], place: Callable[[Subject], Placed]) -> list[Placed]:
    """The triggers of these records of a kind; one that cannot be worked out keeps those it has and is logged."""
    placed = []
    for one in subjects:
        try:
            placed.append(place(one))
        except Exception:
            _log.exception("record_not_scheduled", dealer_id=one.dealer_id, record=record, subject_id=one.subject_id)
    return placed


async def keys_of_appointments(context: TriggerContext, due: Sequence[DueSubject]) -> set[str]:
    """The keys of the customers of the appointments that are next: clocks may begin for them."""
    keys: set[str] = set()
    for one in due:
        record, _, after = one.subject_id.partition(_AFTER)
        if record == APPOINTMENT:
            page = await context.connection.execute(_page(record, one.dealer_id, after))
            keys |= {record_key(row.dealer_id, row.customer_id) for row in page}
    return keys


async def fire_reschedulings(context: TriggerContext, due: Sequence[DueSubject]) -> None:
    """Move what is scheduled of a dealer's records to its hours and durations of now, a page of each kind at a time."""
    for one in due:
        record, _, after = one.subject_id.partition(_AFTER)
        if record == DEALER:
            await _begin_dealer(context.connection, one.dealer_id, context.now)
            continue
        if record == CASE:
            last = await move_case_triggers(context.connection, one.dealer_id, after, PAGE, context.now)
            await _go_on(context.connection, one, CASE, last, context.now)
            continue
        # the rows are held, so that a record that is put meanwhile is scheduled after this, as it then stands
        rows = await context.connection.execute(_page(record, one.dealer_id, after).with_for_update())
        subjects = [Subject(*row) for row in rows]
        await _move(context.connection, record, subjects, context.now)
        if record == APPOINTMENT:
            await _begin_clocks(context.connection, subjects, context.now)
        last = subjects[-1].subject_id if len(subjects) == PAGE else None
        await _go_on(context.connection, one, record, last, context.now)


async def _go_on(connection: AsyncConnection, one: DueSubject, record: str, last: str | None, now: datetime) -> None:
    """Have those behind the last one moved next; None: it was the last one of all."""
    if last is not None:
        rest = DueSubject("trigger", one.dealer_id, f"{record}{_AFTER}{last}", now, cause=RESCHEDULE)
        await schedule(connection, [rest], now)


async def _begin_dealer(connection: AsyncConnection, dealer_id: str, now: datetime) -> None:
    policies = (await load_policies(connection, [dealer_id]))[dealer_id]
    triggers = dealer_triggers(policies, now)
    await place_triggers(connection, [Placed(dealer_id, dealer_id, None, triggers)], DAY_SERIES, now)


def _page(record: str, dealer_id: str, after: str) -> Select[Any]:
    table, identity = TABLES[record]
    query = (
        select(table.c.dealer_id, identity, table.c.customer_id, table.c.created_at, table.c.record)
        .where(table.c.dealer_id == dealer_id, tuple_(table.c.dealer_id, identity) > (dealer_id, after))
        .order_by(table.c.dealer_id, identity)
        .limit(PAGE)
    )
    return query.where(customer.c.merged_into.is_(None)) if record == "customer" else query


async def _move(connection: AsyncConnection, record: str, subjects: Sequence[Subject], now: datetime) -> None:
    if not subjects:
        return
    policies = (await load_policies(connection, [subjects[0].dealer_id]))[subjects[0].dealer_id]
    contacts = await load_contacts(connection, {one.customer for one in subjects}) if record == "customer" else {}
    cycles = await _scheduled(connection, subjects)

    def place(one: Subject) -> Placed:
        known: Any = one.record
        if record == "customer":
            known = with_contacts(one, contacts.get(one.customer, _NOBODY), policies)
        return _placed(record, one, known, policies, cycles, now)

    await place_triggers(connection, place_each(record, subjects, place), [one.name for one in series_of(record)], now)


async def _begin_clocks(connection: AsyncConnection, subjects: Sequence[Subject], now: datetime) -> None:
    """Begin the clocks that these appointments lack, each for itself."""
    read: list[Appointment] = []
    for one in subjects:
        # one that cannot be read is named where its triggers are worked out
        with suppress(ValueError, KeyError):
            read.append(read_appointment(one.dealer_id, one.subject_id, one.record))
    for appointment in await find_without_clocks(connection, read, now):
        try:
            async with connection.begin_nested():
                await follow_appointment(connection, appointment, now)
        except (ValueError, ArithmeticError):
            named = {"dealer_id": appointment.dealer_id, "subject_id": appointment.appointment_id}
            _log.exception("appointment_without_clocks", **named)


def _placed(
    record: str, one: Subject, known: Any, policies: Policies, cycles: dict[tuple[str, str], int], now: datetime
) -> Placed:
    found = (
        moved(series, known, policies, cycles.get((one.subject_id, series.name)), now) for series in series_of(record)
    )
    return Placed(one.dealer_id, one.subject_id, one.customer_id, [trigger for trigger in found if trigger is not None])


async def _scheduled(connection: AsyncConnection, subjects: Sequence[Subject]) -> dict[tuple[str, str], int]:
    """The cycle of each row there is, by record and series."""
    columns = timer_due.c
    named = in_keys(columns.dealer_id, columns.subject_id)
    query = select(columns.subject_id, columns.threshold, columns.cycle).where(columns.kind == "trigger", named)
    rows = await connection.execute(query, unnest_keys((one.dealer_id, one.subject_id) for one in subjects))
    return {(row.subject_id, row.threshold): row.cycle for row in rows}
