"""The clocks of appointments, kept to what their records and the signals of events say."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Row, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import appointment as appointment_table
from shared.db.schema import sla_timer
from shared.ids import CustomerKey, new_id
from shared.sla.engine import timer as machine
from shared.sla.engine.appointment_timers import (
    Appointment,
    appointment_rules,
    follow,
    likelihood,
    rules_to_come,
    withdraw,
)
from shared.sla.engine.given_dates import stop_earlier
from shared.sla.fact_view import KEPT, ViewKey, holds, view_key
from shared.sla.facts import EventSeen
from shared.sla.policy.rules import Rule
from shared.sla.store.policies import load_policies
from shared.sla.store.record_timers import hold_all_timers, write_record_timers
from shared.sla.store.timers import read_timers
from shared.sla.types import Timer, TimerTransition
from shared.vehicle_ids import vehicle_key

SUBJECT: Final = "appointment"


def appointment_of(row: Row[Any]) -> Appointment:
    """The appointment a row of its table holds."""
    return read_appointment(row.dealer_id, row.appointment_id, row.record)


def read_appointment(dealer_id: str, appointment_id: str, record: Mapping[str, Any]) -> Appointment:
    """The appointment that a record describes."""
    return Appointment(
        dealer_id=dealer_id,
        appointment_id=appointment_id,
        customer_id=record.get("customer_id"),
        case_id=record.get("case_id"),
        kind=record["kind"],
        status=record.get("status") or "booked",
        starts_at=datetime.fromisoformat(record["starts_at"]),
        staff_id=record.get("staff_id"),
    )


async def follow_appointment(connection: AsyncConnection, appointment: Appointment, now: datetime) -> None:
    """Begin, move or end the clocks of an appointment as its record now says.

    The caller holds the lock of its customer's `record_key`.
    """
    key = appointment.dealer_id, appointment.appointment_id
    timers = await hold_all_timers(connection, SUBJECT, [key])
    policies = (await load_policies(connection, [appointment.dealer_id]))[appointment.dealer_id]
    clocks = follow(appointment, timers, policies, now, new_id)
    await write_record_timers(connection, now, started=clocks.started, moved=clocks.moved)


async def find_without_clocks(
    connection: AsyncConnection, appointments: Sequence[Appointment], now: datetime
) -> list[Appointment]:
    """Those of these appointments that are to come and lack a clock, as those stored before there were clocks do."""
    keys = {(one.dealer_id, one.appointment_id) for one in appointments}
    columns = sla_timer.c
    query = select(columns.dealer_id, columns.subject_id, columns.rule).where(
        columns.subject == SUBJECT, in_keys(columns.dealer_id, columns.subject_id)
    )
    had = {tuple(row) for row in await connection.execute(query, unnest_keys(keys))} if keys else set()
    return [
        one
        for one in appointments
        if any((one.dealer_id, one.appointment_id, rule) not in had for rule in rules_to_come(one, now))
    ]


async def withdraw_appointment(connection: AsyncConnection, dealer_id: str, appointment_id: str, now: datetime) -> None:
    """End the clocks of an appointment that was deleted. The caller holds the lock of its customer's `record_key`."""
    timers = await hold_all_timers(connection, SUBJECT, [(dealer_id, appointment_id)])
    clocks = withdraw(timers, now, appointment_id)
    await write_record_timers(connection, now, moved=clocks.moved)


@dataclass(frozen=True, slots=True)
class Said:
    """What an event says to the clocks of its customer's appointments; `vin`: of which vehicle, if it says so."""

    fact: EventSeen
    vin: str | None = None


async def follow_signals(connection: AsyncConnection, said: Sequence[Said], now: datetime) -> None:
    """Stop the clocks of appointments that these events end (T-05: `service_completed`).

    Of the visits of its customer that had begun by then, or were to begin later that day, an event means that of its
    vehicle, else the newest that was under way, else the next. One heard of after the end, and older than that,
    corrects the verdict. The caller holds the customers' locks.
    """
    told = [(one, rule) for one in said if one.fact.customer_id for rule in _ended_by(one.fact)]
    if not told:
        return
    customers = {(one.fact.dealer_id, one.fact.customer_id or "") for one, _ in told}
    visits = await _visits(connection, customers)
    moved: dict[str, TimerTransition] = {}
    for one, rule in told:
        timer = _meant(one, rule, visits)
        if timer is None:
            continue
        at, cause = one.fact.occurred_at, one.fact.fact_id
        moved[timer.timer_id] = machine.stop(timer, at, cause) if timer.live else stop_earlier(timer, at, now, cause)
    await write_record_timers(connection, now, moved=list(moved.values()))


def ends_visits(fact: EventSeen) -> bool:
    """Whether the event may stop clocks of appointments."""
    return fact.customer_id is not None and bool(_ended_by(fact))


def _ended_by(fact: EventSeen) -> tuple[Rule, ...]:
    return _stopped(view_key(fact)) if fact.live else ()


@lru_cache(maxsize=KEPT)
def _stopped(said: ViewKey) -> tuple[Rule, ...]:
    view = dict(said)
    return tuple(rule for rule in appointment_rules() if holds(rule.when.stop, view))


def _meant(one: Said, rule: Rule, visits: Sequence[tuple[Timer, str | None]]) -> Timer | None:
    fact, wanted = one.fact, vehicle_key(one.vin or "")
    found = [
        (bool(wanted and vin), order, timer)
        for timer, vin in visits
        if (timer.dealer_id, timer.customer_id, timer.rule) == (fact.dealer_id, fact.customer_id, rule.rule)
        and timer.state != "cancelled"
        and (not wanted or not vin or vehicle_key(vin) == wanted)
        and (order := likelihood(timer, fact.occurred_at)) is not None
    ]
    return max(found, key=lambda candidate: candidate[:2])[2] if found else None


async def _visits(connection: AsyncConnection, customers: Collection[CustomerKey]) -> list[tuple[Timer, str | None]]:
    """The clocks of these customers' appointments, for this transaction to change, each with its vehicle's VIN."""
    columns, names = sla_timer.c, [rule.rule for rule in appointment_rules()]
    query = (
        select(sla_timer)
        .where(text(f"subject = '{SUBJECT}'"), columns.rule.in_(names))
        .where(tuple_(columns.dealer_id, columns.customer_id).in_(sorted(customers)))
        .order_by(columns.timer_id)
        .with_for_update()
    )
    timers = await read_timers(connection, query)
    vins = await _vins(connection, {(one.dealer_id, one.subject_id) for one in timers})
    return [(one, vins.get((one.dealer_id, one.subject_id))) for one in timers]


async def _vins(
    connection: AsyncConnection, appointments: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], str | None]:
    columns = appointment_table.c
    query = select(columns.dealer_id, columns.appointment_id, columns.record["vin"].astext.label("vin")).where(
        tuple_(columns.dealer_id, columns.appointment_id).in_(sorted(appointments))
    )
    return {(row.dealer_id, row.appointment_id): row.vin for row in await connection.execute(query)}
