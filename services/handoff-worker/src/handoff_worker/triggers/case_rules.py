"""Time rules that count from what happened in a case: reminders (T-07, T-16, T-32) and events (T-25, T-26)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.triggers.events import TriggeredEvent, make_events
from handoff_worker.triggers.reminders import MODE
from handoff_worker.triggers.trigger_handler import Fire, TriggerContext, TriggerHandler
from shared.cases.store import Case, load_cases
from shared.commands.change_task import act_within
from shared.commands.create_task import NewTask, start_within
from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import contact, routing
from shared.ids import CaseKey, CustomerKey
from shared.lifecycle import SYSTEM, Command, Task
from shared.sla.engine.spans import open_span
from shared.sla.facts import NOBODY, EventSeen, Fact, contact_fact
from shared.sla.policy.rules import Rule, load_rules
from shared.sla.store.due_subjects import DueSubject, schedule
from shared.sla.store.fact_history import load_logs
from shared.sla.store.policies import load_policies
from shared.sla.triggers.case_triggers import (
    CASE_RULES,
    asks_still,
    rules_begun,
    rules_ended,
    trigger_again,
    trigger_at,
)
from shared.tasks.unit_of_work import TaskChanges

NOT_NEEDED: Final = "not_needed"
"""The reason of the end of a reminder: what it reminds of is done."""


@dataclass(frozen=True, slots=True)
class _DueTrigger:
    """A trigger of a rule that has come, and the case it counts from."""

    due: DueSubject
    rule: Rule
    case: Case


async def schedule_case_rules(connection: AsyncConnection, seen: Sequence[EventSeen], now: datetime) -> None:
    """Schedule what these events of cases may ask for later; most events cost nothing."""
    begun = [(fact, rule.rule) for fact in seen for rule in rules_begun(fact)]
    if not begun:
        return
    policies = await load_policies(connection, {fact.dealer_id for fact, _ in begun})
    due = []
    for fact, rule in begun:
        at = trigger_again(rule, fact.occurred_at, 0, policies[fact.dealer_id], now)
        if at is not None:
            due.append(DueSubject("trigger", fact.dealer_id, fact.fact_id, at, fact.customer_id, rule))
    await schedule(connection, due, now)


def reminders_ended(changes: TaskChanges, seen: Sequence[EventSeen]) -> list[tuple[EventSeen, Task]]:
    """The open reminders that these events may make needless: what they remind of has been done, or has begun anew.

    `changes` knows the cases and their tasks.
    """
    return [
        (fact, task)
        for fact in seen
        if fact.case_id is not None and (ended := rules_ended(fact))
        if (known := changes.loaded(fact.dealer_id, fact.case_id)) is not None
        for task in known.tasks.values()
        if task.is_open and task.kind == "reminder" and task.entry in ended
    ]


async def close_reminders(changes: TaskChanges, seen: Sequence[EventSeen]) -> None:
    """Call off the reminders that these events make needless.

    `changes` publishes. What the events say is not in the tables yet; all that came before them is.
    """
    ended = reminders_ended(changes, seen)
    logs = await load_logs(changes.connection, {(fact.dealer_id, fact.case_id or "") for fact, _ in ended})
    for fact, task in ended:
        log = logs.get((fact.dealer_id, fact.case_id or ""), ())
        span = open_span(load_rules()[task.entry].when, _each_once([*log, *_of_case(seen, fact)]))
        if span is None or span.began.occurred_at >= task.created_at:
            await act_within(changes, task, Command(action="call_off", reason=NOT_NEEDED), SYSTEM)


def _of_case(seen: Sequence[EventSeen], fact: EventSeen) -> list[EventSeen]:
    return [one for one in seen if (one.dealer_id, one.case_id) == (fact.dealer_id, fact.case_id)]


async def _fire(context: TriggerContext, due: Sequence[DueSubject]) -> None:
    """Do what the rule asks for where it still does, and schedule the next trigger of one that repeats."""
    triggers = await _asked_for(context.connection, due)
    await make_events(context.connection, [one for trigger in triggers for one in _events(trigger)], context.now)
    reminders = [trigger for trigger in triggers if not trigger.rule.emits]
    if reminders:
        changes = TaskChanges(context.connection, context.playbook, context.now)
        for trigger in reminders:
            await start_within(changes, _reminder(trigger))
        await changes.publish()
    await _schedule_next(context.connection, [trigger for trigger in triggers if trigger.rule.repeats], context.now)


async def _schedule_next(connection: AsyncConnection, triggers: Sequence[_DueTrigger], now: datetime) -> None:
    policies = await load_policies(connection, {trigger.due.dealer_id for trigger in triggers})
    due = []
    for trigger in triggers:
        one = trigger.due
        at = trigger_at(trigger.rule.rule, now, policies[one.dealer_id])
        if at is not None:
            due.append(
                DueSubject("trigger", one.dealer_id, one.subject_id, at, one.customer_id, one.cause, one.cycle + 1)
            )
    await schedule(connection, due, now)


async def _asked_for(connection: AsyncConnection, due: Sequence[DueSubject]) -> list[_DueTrigger]:
    """The triggers that the whole of their cases still asks for: late events have been told by now as the others."""
    of_events = await _cases_of(connection, [one.subject_id for one in due])
    cases = await load_cases(connection, set(of_events.values()))
    logs = await load_logs(connection, list(cases))
    customers = {(one.dealer_id, one.customer_id) for one in cases.values() if one.customer_id is not None}
    told = await _contacts_of(connection, customers) if any(one.cause == "T-26" for one in due) else {}
    found = []
    for one in due:
        case = cases.get(of_events.get(one.subject_id, ("", "")))
        if case is None:
            continue
        rule = load_rules()[one.cause]
        facts: list[Fact] = list(logs.get(case.key, ()))
        if rule.subject == "customer":
            facts += told.get((case.dealer_id, case.customer_id or ""), ())
        open_for_it = case.status == "open" or rule.subject == "customer"
        if open_for_it and asks_still(rule.rule, one.subject_id, _each_once(facts)) is not None:
            found.append(_DueTrigger(one, rule, case))
    return found


def _each_once(facts: Sequence[Fact]) -> list[Fact]:
    return list({fact.fact_id: fact for fact in facts}.values())


def _events(trigger: _DueTrigger) -> list[TriggeredEvent]:
    vin = trigger.case.vehicle.get("vin")
    return [
        TriggeredEvent(
            dealer_id=trigger.due.dealer_id,
            rule=trigger.rule.rule,
            subject_id=trigger.due.subject_id,
            cycle=trigger.due.cycle,
            occurrence=one.occurrence,
            observer=one.observer,
            step=one.step,
            customer_id=trigger.case.customer_id,
            case_id=trigger.case.case_id if trigger.case.status == "open" else None,
            vehicle={"vin": vin} if vin else None,
        )
        for one in trigger.rule.emits
    ]


def _reminder(trigger: _DueTrigger) -> NewTask:
    """A reminder on the case, to the role the rule names, else to the customer owner's."""
    case, owner = trigger.case, trigger.case.owner
    (role,) = trigger.rule.to or (owner.role if owner else "client_experience_specialist",)
    return NewTask(
        dealer_id=case.dealer_id,
        customer_id=case.customer_id,
        case_id=case.case_id,
        event_id=None,
        entry=trigger.rule.rule,
        kind="reminder",
        mode=MODE,
        matter=trigger.rule.rule,
        from_role=role,
        to_role=role,
        why={"occurrence": None, "conditions": [], "source": trigger.rule.source},
        packet={"topics": list(case.topics), "facts": {}},
        prefer_staff=owner.staff_id if owner else None,
    )


async def _cases_of(connection: AsyncConnection, event_ids: Sequence[str]) -> dict[str, CaseKey]:
    columns = routing.c
    query = select(columns.event_id, columns.dealer_id, columns.case_id).where(
        columns.event_id.in_(sorted(set(event_ids))), columns.case_id.is_not(None)
    )
    return {row.event_id: (row.dealer_id, row.case_id) for row in await connection.execute(query)}


async def _contacts_of(connection: AsyncConnection, customers: set[CustomerKey]) -> Mapping[CustomerKey, list[Fact]]:
    """What these customers were told, in whichever case."""
    found: dict[CustomerKey, list[Fact]] = {key: [] for key in customers}
    named = in_keys(contact.c.dealer_id, contact.c.customer_id)
    rows = (await connection.execute(select(contact).where(named), unnest_keys(customers))).mappings()
    for row in rows:
        values: dict[str, Any] = dict(row)
        found[row["dealer_id"], row["customer_id"]].append(contact_fact(values, NOBODY))
    return found


_FIRE: Final[Fire] = _fire
CASE_TRIGGERS: Final[Mapping[str, TriggerHandler]] = {rule: TriggerHandler(_FIRE) for rule in CASE_RULES}
"""By the rule that a row of `timer_due` names."""
