"""What was said to and by a customer: kept on its case, told to the clocks and on the journey topic; the end of
reminders to answer."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.store import Case, load_case, newest_open_case, save_cases
from shared.commands.change_case_owner import clock_owner
from shared.commands.change_promise import keep_call_backs
from shared.commands.idle_schedule import load_idle_spans, schedule_idle
from shared.db.schema import contact as contact_table
from shared.db.schema import customer
from shared.db.schema import task as task_table
from shared.ids import new_id
from shared.lifecycle import CLOSE_LOOP, CUSTOMER_ANSWERED, Change, Task
from shared.lifecycle.types import changed
from shared.messaging.contact_events import contact_record
from shared.people.customers import begin_profiles
from shared.playbook.routing.case_owner import Owner
from shared.playbook.ruleset.entries import Playbook
from shared.sla.fact_view import reached
from shared.sla.facts import NOBODY, contact_fact
from shared.sla.store import apply_facts
from shared.tasks.store import task_of
from shared.tasks.unit_of_work import TaskChanges
from shared.vocabulary import OPEN_STATUSES

LIVE_FOR: Final = timedelta(days=30)
"""How old a contact may be when we hear of it to begin a case and to move clocks."""

Direction = Literal["inbound", "outbound"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """A contact to record. `kind` is required when outbound; `at` may lie in the past.

    `case_id`: its case if known, else the task's, else the customer's newest open one. `notification_id`: the message
    it is; without a person it was sent by the product itself. `options`: how many a proposal leaves the choice of.
    """

    dealer_id: str
    customer_id: str
    direction: Direction
    channel: str
    at: datetime
    case_id: str | None = None
    task_id: str | None = None
    staff_id: str | None = None
    kind: str | None = None
    outcome: str | None = None
    options: int | None = None
    text: str | None = None
    notification_id: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded contact and the case it belongs to, if any."""

    contact_id: str
    case_id: str | None


async def record_contact(
    connection: AsyncConnection, playbook: Playbook, contact: NewContact, now: datetime
) -> Recorded:
    """Keep a contact, tell the clocks of its case, complete the reminders and keep the call-backs an answer fulfils.

    An inbound one begins a case where the customer has none open. The caller holds the lock of the customer's
    `record_key`, and has made sure that case and task are the customer's.
    """
    changes = TaskChanges(connection, playbook, now)
    recorded = await record_within(changes, contact)
    await changes.publish()
    return recorded


async def record_within(changes: TaskChanges, contact: NewContact) -> Recorded:
    """The same as part of a larger change, which publishes.

    One of more than 30 days ago is kept, and nothing else: it begins no case and tells no clock.
    """
    connection, now = changes.connection, changes.now
    await begin_profiles(connection, [(contact.dealer_id, contact.customer_id)], now)
    case = await _case_of(changes, contact)
    contact_id = new_id()
    kept = replace(contact, case_id=case.case_id if case else None)
    row = {**asdict(kept), "contact_id": contact_id, "recorded_at": now}
    await connection.execute(insert(contact_table).values(row))
    fact = contact_fact(row, clock_owner(case) if case else NOBODY)
    changes.add_record(contact_record(row | {"automatic": fact.automatic}, now))
    if is_history(contact.at, now):
        return Recorded(contact_id, kept.case_id)
    if case is not None:
        await apply_facts(connection, [fact], now)
        await keep_call_backs(connection, fact, contact.staff_id, now)
        if contact.kind == "answer" and reached(fact):
            await _close_loops(changes, case, contact.staff_id)
    if contact.direction == "inbound" or (reached(fact) and (contact.outcome == "spoke" or contact.channel == "store")):
        await _clear_unreachable(connection, contact)
    return Recorded(contact_id, kept.case_id)


def is_history(at: datetime, now: datetime) -> bool:
    """Whether a contact is so old that it is kept for the journey alone."""
    return now - at > LIVE_FOR


async def record_answer(changes: TaskChanges, change: Change) -> None:
    """The contact that completing a task as `customer_answered` is: spoken, by whoever completed it."""
    task = change.task
    if task.customer_id is None:
        return
    contact = NewContact(
        dealer_id=task.dealer_id,
        customer_id=task.customer_id,
        direction="outbound",
        channel="telephone",
        at=change.at,
        case_id=task.case_id,
        task_id=task.task_id,
        staff_id=change.by,
        kind="answer",
        outcome="spoke",
    )
    await record_within(changes, contact)


async def _case_of(changes: TaskChanges, contact: NewContact) -> Case | None:
    connection, playbook, now = changes.connection, changes.playbook, changes.now
    case_id = contact.case_id or await _case_of_task(connection, contact)
    if case_id is not None:
        return await load_case(connection, contact.dealer_id, case_id)
    case = await newest_open_case(connection, contact.dealer_id, contact.customer_id)
    if case is not None or contact.direction == "outbound" or is_history(contact.at, now):
        return case
    begun = Case(
        dealer_id=contact.dealer_id,
        case_id=new_id(),
        customer_id=contact.customer_id,
        status="open",
        owner=Owner(playbook.rulings.owners.otherwise),
        opened_at=contact.at,
        newest_event_at=contact.at,
        last_activity_at=now,
        version=0,
    )
    (case,) = await save_cases(connection, [begun])
    await schedule_idle(connection, [case], await load_idle_spans(connection, playbook, [case.dealer_id]), now)
    return case


async def _case_of_task(connection: AsyncConnection, contact: NewContact) -> str | None:
    if contact.task_id is None:
        return None
    query = select(task_table.c.case_id).where(
        task_table.c.task_id == contact.task_id, task_table.c.dealer_id == contact.dealer_id
    )
    case_id: str | None = await connection.scalar(query)
    return case_id


async def _close_loops(changes: TaskChanges, case: Case, by: str | None) -> None:
    columns = task_table.c
    query = select(task_table).where(
        columns.dealer_id == case.dealer_id,
        columns.case_id == case.case_id,
        columns.entry == CLOSE_LOOP,
        columns.status.in_(OPEN_STATUSES),
    )
    rows = (await changes.connection.execute(query.with_for_update())).mappings().all()
    for task in map(task_of, rows):
        await changes.store(_answered(task, by, changes.now))


def _answered(task: Task, by: str | None, now: datetime) -> Change:
    ended = {"offered_to": None, "waiting_until": None, "waiting_reason": None}
    done = changed(task, now, status="completed", outcome=CUSTOMER_ANSWERED, **ended)
    return Change(before=task, task=done, action="completed", at=now, by=by, outcome=CUSTOMER_ANSWERED)


async def _clear_unreachable(connection: AsyncConnection, contact: NewContact) -> None:
    columns = customer.c
    known = (columns.dealer_id == contact.dealer_id) & (columns.customer_id == contact.customer_id)
    await connection.execute(update(customer).where(known & columns.unreachable).values(unreachable=False))
