"""The rows of events, tasks and what is due, as the values that are compared."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_local.verify.case_history import RoutedEvent, TaskStep
from shared.cases.journey_events import StoredEvent
from shared.db.schema import journey_event, routing, task, task_event, timer_due
from shared.lifecycle import Task
from shared.sla.types import DueAction
from shared.tasks.store import task_of

_EVENT = ("event_id", "dealer_id", "customer_id", "occurred_at", "intent", "data")
_ROUTING = (
    "state",
    "case_id",
    "occurrences",
    "inferred",
    "decisions",
    "fired",
    "playbook_version",
    "reason",
    "routed_at",
)


def routing_query() -> Select[Any]:
    """Every routing beside its event; to be narrowed."""
    columns = [*(journey_event.c[name] for name in _EVENT), *(routing.c[name] for name in _ROUTING)]
    return select(*columns).join_from(routing, journey_event, routing.c.event_id == journey_event.c.event_id)


async def read_routed(connection: AsyncConnection, query: Select[Any]) -> list[RoutedEvent]:
    """The events of a narrowed `routing_query`."""
    rows = (await connection.execute(query)).mappings()
    return [
        RoutedEvent(StoredEvent(**{name: row[name] for name in _EVENT}), {name: row[name] for name in _ROUTING})
        for row in rows
    ]


async def read_tasks(connection: AsyncConnection, query: Select[Any]) -> list[Task]:
    """The tasks of a query, oldest first."""
    rows = await connection.execute(query.order_by(task.c.created_at, task.c.task_id))
    return [task_of(row) for row in rows.mappings()]


async def read_steps(connection: AsyncConnection, tasks: Sequence[Task]) -> Mapping[str, list[TaskStep]]:
    """The histories of these tasks, by task."""
    columns = [task_event.c[name] for name in TaskStep.__slots__]
    query = select(*columns).where(task_event.c.task_id.in_([one.task_id for one in tasks]))
    steps: dict[str, list[TaskStep]] = defaultdict(list)
    for row in (await connection.execute(query.order_by(task_event.c.task_id, task_event.c.version))).mappings():
        steps[row["task_id"]].append(TaskStep(**row))
    return steps


async def read_due(connection: AsyncConnection, timer_ids: Collection[str]) -> Mapping[str, frozenset[DueAction]]:
    """What is still to fire of these timers, by timer."""
    columns = timer_due.c
    named = (
        columns.subject_id.label("timer_id"),
        columns.cycle,
        columns.threshold,
        columns.fire_at,
        columns.revision,
    )
    query = select(*named).where(columns.kind == "timer", columns.subject_id.in_(timer_ids))
    due: dict[str, set[DueAction]] = defaultdict(set)
    for row in (await connection.execute(query)).mappings():
        due[row["timer_id"]].add(DueAction(**row))
    return {timer_id: frozenset(found) for timer_id, found in due.items()}
