"""Triggers of rules that hang on a date of a vehicle, an appointment, an order or a customer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.triggers.events import TriggeredEvent, make_events
from handoff_worker.triggers.reminders import Reminder, remind
from handoff_worker.triggers.trigger_handler import TriggerContext
from handoff_worker.triggers.trigger_subjects import (
    Contacts,
    Subject,
    SubjectKey,
    find_booked,
    find_invoiced,
    load_contacts,
    load_subjects,
    with_contacts,
)
from shared.calendar.open_intervals import opening_instant
from shared.db.engine import record_key
from shared.sla.policy.policy import Policies
from shared.sla.policy.rules import Emission
from shared.sla.store.due_subjects import DueSubject, schedule
from shared.sla.store.policies import load_policies
from shared.sla.store.trigger_rows import Placed
from shared.sla.triggers.scheduled_triggers import ScheduledTrigger, current, fires_at, following
from shared.sla.triggers.series import Date, Series, all_series, asked_from, dates

_NEVER_CONTACTED: Final = Contacts()
_WARNING_TO: Final = "salesperson"
INVOICE: Final = "T-39"


@dataclass(frozen=True)
class _Known:
    """What a batch of triggers of one series needs to decide."""

    series: Series
    subjects: Mapping[SubjectKey, Subject]
    policies: Mapping[str, Policies]
    contacts: Mapping[tuple[str, str], Contacts]
    booked: set[SubjectKey]
    invoiced: set[SubjectKey]

    def record(self, subject: Subject) -> Mapping[str, Any]:
        """The record, of a customer with the dates of contacts."""
        if self.series.record != "customer":
            return subject.record
        return with_contacts(subject, self.contacts_of(subject), self.policies[subject.dealer_id])

    def contacts_of(self, subject: Subject) -> Contacts:
        """The last contacts of whose record it is."""
        return self.contacts.get(subject.customer, _NEVER_CONTACTED)


async def keys_of_records(context: TriggerContext, due: Sequence[DueSubject]) -> set[str]:
    """The keys of the customers whose records these are by now."""
    series = all_series()[due[0].cause]
    subjects = await load_subjects(context.connection, series.record, {(one.dealer_id, one.subject_id) for one in due})
    return {record_key(one.dealer_id, one.customer_id) for one in subjects.values()}


async def fire_records(context: TriggerContext, due: Sequence[DueSubject]) -> None:
    """Make what the triggers of a series still ask for, and schedule the next trigger of each record."""
    known = await _load(context.connection, all_series()[due[0].cause], due, context.now)
    events: list[TriggeredEvent] = []
    reminders: list[Reminder] = []
    placed: list[Placed] = []
    for one in due:
        subject = known.subjects.get((one.dealer_id, one.subject_id))
        if subject is None:
            continue
        found = _current(known, subject, one.cycle)
        if found is not None and _asks(known, subject, found, context.now):
            events += _events(known, subject, one)
            reminders += _reminders(known, subject, found)
        triggers = _next(known, subject, one.cycle, context.now)
        placed.append(Placed(subject.dealer_id, subject.subject_id, subject.customer_id, triggers))
    await make_events(context.connection, events, context.now)
    await remind(context, reminders)
    await schedule(context.connection, [row for one in placed for row in one.due()], context.now)


async def _load(connection: AsyncConnection, series: Series, due: Sequence[DueSubject], now: datetime) -> _Known:
    subjects = await load_subjects(connection, series.record, {(one.dealer_id, one.subject_id) for one in due})
    trigger = series.rule.trigger
    assert trigger is not None
    wanted = {one.customer for one in subjects.values() if one.customer_id}
    by_contact = series.record == "customer" or trigger.until == "contact"
    by_booking = trigger.until == "appointment_booked"
    by_invoice = series.rule.rule == INVOICE
    return _Known(
        series,
        subjects,
        await load_policies(connection, {dealer_id for dealer_id, _ in subjects}),
        await load_contacts(connection, wanted) if by_contact else {},
        await find_booked(connection, list(subjects.values()), now) if by_booking else set(),
        await find_invoiced(connection, list(subjects.values())) if by_invoice else set(),
    )


def _current(known: _Known, subject: Subject, cycle: int) -> Date | None:
    return current(known.series, known.record(subject), known.policies[subject.dealer_id], cycle)


def _next(known: _Known, subject: Subject, cycle: int, now: datetime) -> list[ScheduledTrigger]:
    found = following(known.series, known.record(subject), known.policies[subject.dealer_id], cycle, now)
    return [found] if found is not None else []


def _asks(known: _Known, subject: Subject, one: Date, now: datetime) -> bool:
    """Whether the rule still asks for it, by what has happened up to now."""
    series, policies = known.series, known.policies[subject.dealer_id]
    trigger = series.rule.trigger
    assert trigger is not None
    if one.until is not None and one.until <= now:
        return False
    if (subject.dealer_id, subject.subject_id) in known.booked | known.invoiced:
        return False
    if series.record == "vehicle" and trigger.until == "contact":
        last = known.contacts_of(subject).last
        since = opening_instant(policies.zone, asked_from(series, subject.record, one.day, policies), 0)
        return last is None or last < since
    return not any(_also_due(known, subject, rule, now) for rule in series.rule.never_with)


def _also_due(known: _Known, subject: Subject, rule: str, now: datetime) -> bool:
    """Whether another rule says the same of the customer already, or at this opening."""
    other, policies = all_series()[rule], known.policies[subject.dealer_id]
    found = next(iter(dates(other, known.record(subject), policies)), None)
    return found is not None and fires_at(other, found, policies) <= now


def _events(known: _Known, subject: Subject, one: DueSubject) -> Iterator[TriggeredEvent]:
    if known.series.warning:
        return
    kind = subject.record.get("kind")
    for emitted in known.series.rule.emits:
        if not emitted.kinds or kind in emitted.kinds:
            yield event_about(known.series.record, subject, one, emitted)


def event_about(record: str, subject: Subject, one: DueSubject, emitted: Emission) -> TriggeredEvent:
    """The event that a rule emits of a record of this kind."""
    return TriggeredEvent(
        dealer_id=subject.dealer_id,
        rule=one.cause,
        subject_id=subject.subject_id,
        cycle=one.cycle,
        occurrence=emitted.occurrence,
        observer=emitted.observer,
        step=emitted.step,
        customer_id=subject.customer_id,
        vehicle=_vehicle_of(record, subject),
        facts=emitted.facts,
    )


def _reminders(known: _Known, subject: Subject, one: Date) -> Iterator[Reminder]:
    rule = known.series.rule
    to = (_WARNING_TO,) if known.series.warning else rule.to if rule.effect == "reminder" else ()
    if to:
        since = one.at or opening_instant(known.policies[subject.dealer_id].zone, one.day, 0)
        yield Reminder(subject.dealer_id, rule.rule, to[0], subject.customer_id, since=since)


def _vehicle_of(record: str, subject: Subject) -> dict[str, Any] | None:
    if record == "vehicle":
        plate = subject.record.get("plate")
        return {"vin": subject.subject_id, **({"plate": plate} if plate else {})}
    vin = subject.record.get("vin")
    return {"vin": vin} if vin else None
