"""What is stored of a clock: its history, what caused each change, and who was told."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, Text, cast, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.cases.clock_history import ClockHistory, ClockRows, clock_history
from journey_api.cases.timeline_facts import Row
from journey_api.cases.timeline_rows import load_people, load_words
from shared.db.schema import (
    case_status_change,
    contact,
    journey_event,
    notification,
    routing,
    sla_timer,
    sla_timer_event,
    task,
    task_event,
)
from shared.playbook.ruleset.texts import Texts
from shared.sla.store.timers import read_timers
from shared.sla.types import Timer

_EVENT: Final = select(
    literal("event").label("kind"),
    journey_event.c.event_id.label("cause"),
    journey_event.c.step,
    routing.c.occurrences,
).outerjoin(routing, routing.c.event_id == journey_event.c.event_id)
_CONTACT: Final = select(
    literal("contact").label("kind"), contact.c.contact_id.label("cause"), contact.c.direction, contact.c.channel
)
_CASE: Final = select(
    literal("case").label("kind"), case_status_change.c.change_id.label("cause"), case_status_change.c.action
)
_TASK: Final = select(
    literal("task").label("kind"),
    (task_event.c.task_id + ":" + cast(task_event.c.version, Text)).label("cause"),
    task_event.c.action,
    task.c.entry,
).join(task, task.c.task_id == task_event.c.task_id)


async def load_timer(connection: AsyncConnection, timer_id: str) -> Timer | None:
    """The timer of an id among those the transaction sees."""
    return next(iter(await read_timers(connection, select(sla_timer).where(sla_timer.c.timer_id == timer_id))), None)


async def read_clock(
    connection: AsyncConnection, playbook: Texts, language: str, timer: Timer, now: datetime
) -> ClockHistory:
    """The clock whole, worded in a language."""
    events = await _rows(
        connection,
        select(sla_timer_event).where(sla_timer_event.c.timer_id == timer.timer_id).order_by(sla_timer_event.c.seq),
    )
    rows = ClockRows(
        events=events,
        causes=await _causes(connection, {row["cause"] for row in events if row["cause"]}),
        notices=await _rows(connection, _notices(timer)),
        people=await load_people(connection, timer.dealer_id),
    )
    return clock_history(timer, rows, await load_words(connection, playbook, language, timer.dealer_id), now)


def _notices(timer: Timer) -> Select[Any]:
    columns = notification.c
    return (
        select(notification)
        .where(
            columns.dealer_id == timer.dealer_id,
            columns.message.in_(("WARNING", "BREACHED", "ESCALATED")),
            columns.created_at >= timer.started_at,
            columns.params["about"]["timer_id"].as_string() == timer.timer_id,
        )
        .order_by(columns.created_at, columns.notification_id)
    )


async def _causes(connection: AsyncConnection, ids: Collection[str]) -> Mapping[str, Row]:
    """What these facts were, by id; of a change of a task the id is that of the task with its version."""
    changes = [(name, int(version)) for name, _, version in (one.rpartition(":") for one in ids) if version.isdigit()]
    queries: list[Select[Any]] = [
        _EVENT.where(journey_event.c.event_id.in_(ids)),
        _CONTACT.where(contact.c.contact_id.in_(ids)),
        _CASE.where(case_status_change.c.change_id.in_(ids)),
        _TASK.where(tuple_(task_event.c.task_id, task_event.c.version).in_(changes)),
    ]
    return {row["cause"]: row for query in queries for row in await _rows(connection, query)}


async def _rows(connection: AsyncConnection, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in (await connection.execute(query)).mappings()]
