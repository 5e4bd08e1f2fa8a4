"""The stored facts of cases and tasks that a timeline tells."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.cases.timeline_facts import Line, Row, StoredFacts
from journey_api.cases.timeline_order import lines_of
from journey_api.cases.timeline_words import Words
from journey_api.cases.told_rows import load_told
from journey_api.tasks.shown import staff_name
from shared.db.schema import (
    case_status_change,
    comment,
    contact,
    dealer,
    event_intake,
    journey_event,
    notification,
    promise,
    promise_event,
    routing,
    sla_timer,
    sla_timer_event,
    staff,
    staff_message,
    task,
    task_event,
    task_source,
)
from shared.lifecycle import Task
from shared.playbook.ruleset.texts import Texts

_UTC: Final = "UTC"
_ROUTED: Final = (
    routing.c.case_id,
    routing.c.occurrences,
    routing.c.decisions,
    routing.c.routed_at,
    event_intake.c.note,
)
_OF_TASK: Final = (
    task.c.case_id,
    task.c.entry.label("task_entry"),
    task.c.from_role,
    task.c.to_role,
    task.c.chain,
    task.c.offered_to.label("now_offered_to"),
)
_OF_TIMER: Final = (
    sla_timer.c.case_id,
    sla_timer.c.rule,
    sla_timer.c.target,
    sla_timer.c.due_at,
    sla_timer.c.owner_role,
    sla_timer.c.owner_staff_id,
    sla_timer.c.task_id,
)
_OF_PROMISE: Final = (
    promise.c.case_id,
    promise.c.task_id,
    promise.c.timer_id,
    promise.c.text,
    promise.c.due_at,
    promise.c.predecessor_id,
)


async def read_case_timeline(
    connection: AsyncConnection, playbook: Texts, language: str, dealer_id: str, *cases: str
) -> list[Line]:
    """Everything of a case, or of several of a dealer, in order of time; statements do not grow with their number."""
    in_case = (task.c.dealer_id == dealer_id) & task.c.case_id.in_(cases)
    tasks = list(await connection.scalars(select(task.c.task_id).where(in_case)))
    events = await _events(connection, (routing.c.dealer_id == dealer_id, routing.c.case_id.in_(cases)))
    of_cases = sla_timer.c.case_id.in_(cases) | sla_timer.c.task_id.in_(tasks)
    timers = (sla_timer.c.dealer_id == dealer_id) & of_cases
    facts = await _load(connection, dealer_id, cases, tasks, events, timers, whole_case=True)
    return lines_of(facts, await load_words(connection, playbook, language, dealer_id))


async def read_task_timeline(connection: AsyncConnection, playbook: Texts, language: str, one: Task) -> list[Line]:
    """Everything of a task in order of time: its own, and the clocks, contacts and closings of its case."""
    sources = select(task_source.c.event_id).where(task_source.c.task_id == one.task_id)
    own = routing.c.event_id.in_(sources) | (routing.c.event_id == (one.event_id or ""))
    events = [_only_of(row, one) for row in await _events(connection, (routing.c.dealer_id == one.dealer_id, own))]
    of_case = (sla_timer.c.case_id == one.case_id) & sla_timer.c.task_id.is_(None) if one.case_id else false()
    timers = (sla_timer.c.dealer_id == one.dealer_id) & ((sla_timer.c.task_id == one.task_id) | of_case)
    cases = [one.case_id] if one.case_id else []
    facts = await _load(connection, one.dealer_id, cases, [one.task_id], events, timers, whole_case=False)
    return lines_of(facts, await load_words(connection, playbook, language, one.dealer_id))


def _only_of(event: Row, one: Task) -> Row:
    """The event with those of its decisions that made the task or joined it."""
    entries = {one.entry, *one.mirrors}
    mine = [
        decision
        for decision in event["decisions"] or ()
        if decision.get("task_id") == one.task_id or (not decision.get("task_id") and decision["entry"] in entries)
    ]
    return {**event, "decisions": mine}


async def _load(
    connection: AsyncConnection,
    dealer_id: str,
    cases: Sequence[str],
    tasks: Sequence[str],
    events: Sequence[Row],
    timers: ColumnElement[bool],
    *,
    whole_case: bool,
) -> StoredFacts:
    """The facts of these cases and tasks; of a case that is not wanted whole its messages and comments are left out."""

    def of(table: Any, *, also_case: bool = True) -> ColumnElement[bool]:
        by_task = table.c.task_id.in_(tasks) if "task_id" in table.c else false()
        by_case = table.c.case_id.in_(cases) if also_case else false()
        return and_(table.c.dealer_id == dealer_id, or_(by_task, by_case))

    changes = select(task_event, *_OF_TASK).join(task, task.c.task_id == task_event.c.task_id)
    fired = select(sla_timer_event, *_OF_TIMER).join(sla_timer, sla_timer.c.timer_id == sla_timer_event.c.timer_id)
    return StoredFacts(
        events=events,
        task_events=await _rows(connection, changes.where(task_event.c.task_id.in_(tasks))),
        timer_events=await _rows(connection, fired.where(timers).order_by(sla_timer_event.c.seq)),
        notifications=await load_told(
            connection, of(notification, also_case=whole_case), timers, events if whole_case else ()
        ),
        contacts=await _rows(connection, select(contact).where(of(contact))),
        messages=await _rows(connection, select(staff_message).where(of(staff_message, also_case=whole_case))),
        promises=await _promises(connection, of(promise)),
        comments=await _rows(connection, select(comment).where(of(comment, also_case=whole_case))),
        case_status_changes=await _rows(connection, select(case_status_change).where(of(case_status_change))),
        people=await load_people(connection, dealer_id),
    )


async def _events(connection: AsyncConnection, wanted: Collection[ColumnElement[bool]]) -> list[Row]:
    query = (
        select(journey_event, *_ROUTED)
        .join(routing, routing.c.event_id == journey_event.c.event_id)
        .outerjoin(event_intake, event_intake.c.event_id == journey_event.c.event_id)
        .where(*wanted)
    )
    return await _rows(connection, query.order_by(journey_event.c.occurred_at, journey_event.c.event_id))


async def _promises(connection: AsyncConnection, wanted: ColumnElement[bool]) -> list[Row]:
    """The history of the promises that fit, with what was promised, and for a moved one the date of its successor."""
    successor = promise.alias()
    query = (
        select(promise_event, *_OF_PROMISE, successor.c.due_at.label("moved_to"))
        .join(promise, promise.c.promise_id == promise_event.c.promise_id)
        .outerjoin(successor, successor.c.promise_id == promise.c.successor_id)
        .where(wanted)
    )
    return await _rows(connection, query.order_by(promise_event.c.recorded_at, promise_event.c.version))


async def _rows(connection: AsyncConnection, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def load_people(connection: AsyncConnection, dealer_id: str) -> dict[str, str]:
    """The names of a dealer's staff by id."""
    query = select(staff.c.staff_id, staff.c.record).where(staff.c.dealer_id == dealer_id)
    rows = await connection.execute(query)
    return {row.staff_id: name for row in rows if (name := staff_name(row.record))}


async def load_words(connection: AsyncConnection, playbook: Texts, language: str, dealer_id: str) -> Words:
    """The words of a language, times in the dealer's zone."""
    query = select(dealer.c.record["time_zone"].astext).where(dealer.c.dealer_id == dealer_id)
    return Words(language, ZoneInfo(await connection.scalar(query) or _UTC), playbook)
