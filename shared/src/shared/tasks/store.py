"""Tasks in their table: the row of a value and the value of a row, the history beside it."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import in_keys, insert_all, unnest_keys, update_all
from shared.db.engine import lock_keys, record_key
from shared.db.prepared import Prepared
from shared.db.schema import task, task_event, task_source
from shared.lifecycle import RANKS, Change, LastAct, Task, read_offer
from shared.tasks.records import Before

_NAMES: Final = tuple(field.name for field in fields(Task))
_FIXED: Final = frozenset({"dealer_id", "customer_id", "case_id", "created_at", "due_at"})
"""What a change never writes; `due_at` belongs to the clocks."""
_OF_CASES: Final = Prepared(
    select(task).where(in_keys(task.c.dealer_id, task.c.case_id)).order_by(task.c.task_id).with_for_update()
)


class TaskNotFound(LookupError):
    """The dealers in sight have no such task."""


def task_of(row: RowMapping) -> Task:
    """The task a row holds."""
    values: dict[str, Any] = {name: row[name] for name in _NAMES}
    return Task(**{**values, "mirrors": tuple(row["mirrors"]), "offer": read_offer(row["offer"])})


async def load_task(connection: AsyncConnection, task_id: str) -> Task:
    """The task of this id. Raises TaskNotFound."""
    row = (await connection.execute(select(task).where(task.c.task_id == task_id))).mappings().one_or_none()
    if row is None:
        raise TaskNotFound(task_id)
    return task_of(row)


async def lock_task(connection: AsyncConnection, task_id: str) -> Task:
    """The task of this id for this transaction to change, its customer's lock taken first. Raises TaskNotFound."""
    whose = select(task.c.dealer_id, task.c.customer_id).where(task.c.task_id == task_id)
    found = (await connection.execute(whose)).one_or_none()
    if found is None:
        raise TaskNotFound(task_id)
    await lock_keys(connection, [record_key(found.dealer_id, found.customer_id)])
    row = (await connection.execute(select(task).where(task.c.task_id == task_id).with_for_update())).mappings().one()
    if row["customer_id"] != found.customer_id:
        # merged while the lock was waited for
        await lock_keys(connection, [record_key(found.dealer_id, row["customer_id"])])
    return task_of(row)


async def load_tasks(connection: AsyncConnection, task_ids: Collection[str]) -> dict[str, Task]:
    """The tasks of these ids, by id."""
    if not task_ids:
        return {}
    rows = await _OF_IDS.rows(connection, {"task_ids": sorted(set(task_ids))})
    return {row["task_id"]: task_of(row) for row in rows}


async def last_act(connection: AsyncConnection, task_id: str) -> LastAct | None:
    """The latest thing a person did to the task after it was made."""
    query = (
        select(task_event.c.action, task_event.c.by)
        .where(task_event.c.task_id == task_id, task_event.c.by.is_not(None))
        .where(task_event.c.action.not_in(("created", "offered", "updated")))
        .order_by(task_event.c.version.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return LastAct(row.action, row.by) if row else None


async def insert_tasks(connection: AsyncConnection, new: Sequence[Task]) -> None:
    """Write new tasks."""
    await insert_all(connection, task, [_row(one) for one in new])


async def update_tasks(connection: AsyncConnection, changed: Sequence[Task]) -> None:
    """Write what changes may change."""
    rows = [{name: value for name, value in _row(one).items() if name not in _FIXED} for one in changed]
    await update_all(connection, task, rows)


async def append_history(connection: AsyncConnection, changes: Sequence[tuple[int, Change]]) -> None:
    """Append changes under their numbers; the number is the version the change left, 0 for the making itself."""
    await insert_all(connection, task_event, [_event_row(number, change) for number, change in changes])


async def add_sources(connection: AsyncConnection, sources: Sequence[tuple[Task, str, str]]) -> None:
    """Remember that an event made a task, or joined it, by an entry: (task, event, entry)."""
    rows = [
        {"task_id": made.task_id, "event_id": event_id, "entry": entry, "dealer_id": made.dealer_id}
        for made, event_id, entry in sources
    ]
    await insert_all(connection, task_source, rows, new_only=True)


async def lock_case_tasks(connection: AsyncConnection, cases: Collection[tuple[str, str]]) -> list[Task]:
    """Every task of these cases (dealer, case), for this transaction to change."""
    if not cases:
        return []
    rows = await _OF_CASES.rows(connection, unnest_keys(cases))
    return [task_of(row) for row in rows]


async def history(connection: AsyncConnection, task_id: str) -> list[dict[str, Any]]:
    """Everything that happened to a task, oldest first, as the contract's JSON."""
    return [history_item(row) for row in await history_rows(connection, task_id)]


async def history_rows(
    connection: AsyncConnection, task_id: str, after: int | None = None, most: int | None = None
) -> Sequence[RowMapping]:
    """What happened to a task, oldest first: after the change of this number, at most so much."""
    query = select(task_event).where(task_event.c.task_id == task_id).order_by(task_event.c.version).limit(most)
    if after is not None:
        query = query.where(task_event.c.version > after)
    return (await connection.execute(query)).mappings().all()


def history_item(row: RowMapping) -> dict[str, Any]:
    """A change of a task as the contract's JSON."""
    shown = ("action", "by", "from_status", "to_status", "reason", "outcome", "note", "event_id", "entry", "key_id")
    at: datetime = row["at"]
    return {"at": at.isoformat(), **{name: row[name] for name in shown}, "before": row["before"]}


def before_document(before: Task) -> Before:
    """Where the task was before a change, as records and history tell it."""
    return {"offered_to": before.offered_to, "assignee_id": before.assignee_id, "to_role": before.to_role}


def _row(one: Task) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in _NAMES}
    return row | {
        "mirrors": list(one.mirrors),
        "why": dict(one.why),
        "packet": dict(one.packet),
        "chain": dict(one.chain),
        "offer": one.offer.document(),
        "priority_rank": RANKS[one.priority],
    }


def _event_row(number: int, change: Change) -> dict[str, Any]:
    made = change.action == "created"
    return {
        "task_id": change.task.task_id,
        "version": number,
        "dealer_id": change.task.dealer_id,
        "at": change.at,
        "action": change.action,
        "by": change.by,
        "from_status": None if made else change.before.status,
        "to_status": change.task.status,
        "before": {} if made else before_document(change.before),
        "reason": change.reason,
        "outcome": change.outcome,
        "note": change.note,
        "event_id": change.event_id,
        "entry": change.entry,
        "key_id": change.key_id,
    }


_OF_IDS: Final = Prepared(select(task).where(task.c.task_id == func.any(bindparam("task_ids", type_=ARRAY(Text)))))
