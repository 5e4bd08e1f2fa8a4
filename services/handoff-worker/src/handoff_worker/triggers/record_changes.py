"""Triggers of rules that follow a change of a record: a recall was added, the status of an order is another one."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.triggers.events import TriggeredEvent, make_events
from handoff_worker.triggers.record_triggers import event_about
from handoff_worker.triggers.trigger_handler import TriggerContext
from handoff_worker.triggers.trigger_subjects import Subject, find_booked, load_subjects
from shared.db.engine import record_key
from shared.sla.policy.rules import load_rules
from shared.sla.store.due_subjects import DueSubject
from shared.sla.triggers.series import is_awaited, rule_of


async def keys_of_changed(context: TriggerContext, due: Sequence[DueSubject]) -> set[str]:
    """The keys of the customers whose records these are by now."""
    return {record_key(one.dealer_id, one.customer_id) for one in (await _load(context.connection, due)).values()}


async def fire_recalls(context: TriggerContext, due: Sequence[DueSubject]) -> None:
    """A recall that still applies, of a vehicle for which no service appointment is booked."""
    subjects = await _load(context.connection, due)
    booked = await find_booked(context.connection, list(subjects.values()), context.now)
    events = []
    for one in due:
        subject = subjects.get((one.dealer_id, one.subject_id))
        code = one.cause.partition("/")[2]
        if subject is None or code not in (subject.record.get("recalls") or ()):
            continue
        if subject.customer_id and (one.dealer_id, one.subject_id) not in booked:
            events.append(_event(subject, one))
    await make_events(context.connection, events, context.now)


async def fire_status_changes(context: TriggerContext, due: Sequence[DueSubject]) -> None:
    """An order whose vehicle the customer still waits for has another status."""
    subjects = await _load(context.connection, due)
    found = [(subjects.get((one.dealer_id, one.subject_id)), one) for one in due]
    events = [_event(subject, one) for subject, one in found if subject is not None and is_awaited(subject.record)]
    await make_events(context.connection, events, context.now)


async def _load(connection: AsyncConnection, due: Sequence[DueSubject]) -> dict[tuple[str, str], Subject]:
    return await load_subjects(connection, _record(due[0]), {(one.dealer_id, one.subject_id) for one in due})


def _record(one: DueSubject) -> str:
    trigger = load_rules()[rule_of(one.cause)].trigger
    assert trigger is not None
    return trigger.record


def _event(subject: Subject, one: DueSubject) -> TriggeredEvent:
    (emitted,) = load_rules()[rule_of(one.cause)].emits
    return event_about(_record(one), subject, one, emitted)
