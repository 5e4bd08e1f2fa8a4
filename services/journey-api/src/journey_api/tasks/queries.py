"""Lists of tasks: filters, the orders a list may have, and the place a cursor marks in them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.pagination import Page, read_instant
from journey_api.http.problems import invalid
from journey_api.http.query_parameters import Filters
from journey_api.tasks.filters import FILTERS
from shared.db.schema import sla_timer, task
from shared.lifecycle import RANKS, Task
from shared.tasks.store import task_of
from shared.vocabulary import TERMINAL_STATUSES

Sort = Literal["priority", "-priority", "due_at", "-due_at", "created_at", "-created_at", "updated_at", "-updated_at"]

_NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Where a task without a due time stands: after all others."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a sort key: its column, a task's value of it, and the value's kind in a cursor."""

    column: ColumnElement[Any]
    value: Callable[[Task], Any]
    kind: type


_PRIORITY: Final = Part(task.c.priority_rank, lambda one: RANKS[one.priority], int)
_DUE: Final = Part(func.coalesce(task.c.due_at, _NEVER), lambda one: (one.due_at or _NEVER).isoformat(), str)
_CREATED: Final = Part(task.c.created_at, lambda one: one.created_at.isoformat(), str)
_UPDATED: Final = Part(task.c.updated_at, lambda one: one.updated_at.isoformat(), str)
_ID: Final = Part(task.c.task_id, lambda one: one.task_id, str)

_ORDERS: Final[Mapping[str, tuple[Part, ...]]] = {
    "priority": (_PRIORITY, _DUE, _CREATED, _ID),
    "due_at": (_DUE, _CREATED, _ID),
    "created_at": (_CREATED, _ID),
    "updated_at": (_UPDATED, _ID),
}


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the list; a minus sign turns all of it around."""

    sort: Sort = "priority"

    @property
    def parts(self) -> tuple[Part, ...]:
        """What tasks are compared by, one after the other; the id makes it total."""
        return _ORDERS[self.sort.removeprefix("-")]

    @property
    def backwards(self) -> bool:
        """Whether the greatest comes first."""
        return self.sort.startswith("-")

    def key(self, one: Task) -> list[Any]:
        """The place of a task, as a cursor holds it; a cursor serves one order only."""
        return [self.sort, *(part.value(one) for part in self.parts)]


def tasks_query(
    wanted: Filters, order: Order, *, person: str | None = None, overdue_at: datetime | None = None
) -> Select[Any]:
    """The rows of the tasks that match the filters (`FILTERS`), in the order.

    `person`: only what is offered to or held by that person. `overdue_at`: only those of which a running clock, or one
    of their case, is past its second of being due at that instant.
    """
    columns = [part.column.desc() if order.backwards else part.column for part in order.parts]
    query = select(task).where(*(task.c[FILTERS[name]].in_(values) for name, values in wanted.items()))
    if person is not None:
        query = query.where(or_(task.c.offered_to == person, task.c.assignee_id == person))
    if overdue_at is not None:
        query = query.where(_is_overdue(overdue_at))
    return query.order_by(*columns)


def _is_overdue(now: datetime) -> ColumnElement[bool]:
    """Compared in whole seconds (timers 5.1)."""
    of_case = and_(sla_timer.c.task_id.is_(None), sla_timer.c.case_id == task.c.case_id)
    return exists().where(
        sla_timer.c.dealer_id == task.c.dealer_id,
        or_(sla_timer.c.task_id == task.c.task_id, of_case),
        sla_timer.c.state == "running",
        sla_timer.c.due_at < now.replace(microsecond=0),
    )


async def list_tasks(connection: AsyncConnection, query: Select[Any], order: Order, page: Page) -> list[Task]:
    """The tasks of a query in its order, one more than the page holds. 422 for a cursor of another list."""
    place = _place(order, page)
    if place is not None:
        here, there = tuple_(*(part.column for part in order.parts)), tuple_(*place)
        query = query.where(here < there if order.backwards else here > there)
    rows = (await connection.execute(query.limit(page.limit + 1))).mappings()
    return [task_of(row) for row in rows]


def _place(order: Order, page: Page) -> list[Any] | None:
    key = page.key(str, *(part.kind for part in order.parts))
    if key is None:
        return None
    if key[0] != order.sort:
        raise invalid("?cursor", "unknown_cursor", "Not a cursor of this list")
    return [_value(part, value) for part, value in zip(order.parts, key[1:], strict=True)]


def _value(part: Part, held: Any) -> Any:
    """A cursor's value as the column takes it."""
    if part is _ID:
        return held
    if part is _PRIORITY and held in RANKS.values():
        return held
    return read_instant(held)


async def list_role_tasks(
    connection: AsyncConnection, dealer_id: str, role: str, ended_since: datetime, limit: int
) -> list[Task]:
    """What a role has open, and what it completed since an instant; in the default order of lists."""
    columns = task.c
    open_or_new = columns.status.not_in(TERMINAL_STATUSES) | (
        (columns.status == "completed") & (columns.updated_at >= ended_since)
    )
    parts = [part.column for part in Order().parts]
    query = select(task).where(columns.dealer_id == dealer_id, columns.to_role == role, open_or_new)
    rows = (await connection.execute(query.order_by(*parts).limit(limit))).mappings()
    return [task_of(row) for row in rows]
