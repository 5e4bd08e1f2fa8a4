"""Lists of tasks: filters, the orders a list may have, and the place a cursor marks in them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Any, Final, Literal

from sqlalchemy import (
    Boolean,
    ColumnClause,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    TableValuedAlias,
    Text,
    and_,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.pagination import Page, read_instant
from journey_api.http.problems import invalid
from journey_api.http.query_parameters import Filters
from journey_api.tasks.filters import FILTERS
from shared.db.schema import dealer, sla_timer, task
from shared.db.schema.list_order import ENDED_TASK, TASK_DUE
from shared.lifecycle import RANKS, Task
from shared.tasks.store import task_of
from shared.vocabulary import OPEN_STATUSES, TASK_STATUSES, TERMINAL_STATUSES

Sort = Literal["priority", "-priority", "due_at", "-due_at", "created_at", "-created_at", "updated_at", "-updated_at"]

_NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Where a task without a due time stands: after all others."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a sort key: its column, a task's value of it, and the value's kind in a cursor."""

    column: ColumnClause[Any]
    value: Callable[[Task], Any]
    kind: type


_DUE_TIME: Final[ColumnClause[datetime]] = literal_column(TASK_DUE, DateTime(timezone=True))
_HAS_ENDED: Final[ColumnClause[bool]] = literal_column(ENDED_TASK, Boolean)

_PRIORITY: Final = Part(task.c.priority_rank, lambda one: RANKS[one.priority], int)
_DUE: Final = Part(_DUE_TIME, lambda one: (one.due_at or _NEVER).isoformat(), str)
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

    def columns(self, rows: FromClause) -> list[ColumnElement[Any]]:
        """What rows of tasks are ordered by."""
        columns = [rows.c.get(part.column.name, part.column) for part in self.parts]
        return [column.desc() if self.backwards else column for column in columns]

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
    query = select(task).where(*(task.c[FILTERS[name]].in_(values) for name, values in wanted.items()))
    if person is not None:
        query = query.where(or_(task.c.offered_to == person, task.c.assignee_id == person))
    if overdue_at is not None:
        query = query.where(_is_overdue(overdue_at))
    return query.order_by(*order.columns(task))


def _is_overdue(now: datetime) -> ColumnElement[bool]:
    """Compared in whole seconds (timers 5.1)."""
    of_case = and_(sla_timer.c.task_id.is_(None), sla_timer.c.case_id == task.c.case_id)
    return exists().where(
        sla_timer.c.dealer_id == task.c.dealer_id,
        or_(sla_timer.c.task_id == task.c.task_id, of_case),
        sla_timer.c.state == "running",
        sla_timer.c.due_at < now.replace(microsecond=0),
    )


async def list_tasks(
    connection: AsyncConnection, query: Select[Any], order: Order, page: Page, wanted: Filters
) -> list[Task]:
    """The tasks of a query of these filters in its order, one more than the page holds.

    Of each dealer, and role asked for, those that are open and those that have ended are read for themselves, along
    the index of the order and no further than the page goes. Raises Problem 422 for a cursor of another list.
    """
    place = _place(order, page)
    if place is not None:
        here, there = tuple_(*(part.column for part in order.parts)), tuple_(*place)
        query = query.where(here < there if order.backwards else here > there)
    most = page.limit + 1
    parts = _parts(wanted)
    alike = [task.c.dealer_id == dealer.c.dealer_id, cast(parts.c.ended, Boolean) == _HAS_ENDED]
    if "role" in wanted:
        alike.append(task.c.to_role == parts.c.role)
    of_part = query.where(*alike).limit(most).lateral("of_part")
    found = select(of_part).select_from(dealer.join(parts, true()).join(of_part, true()))
    if "dealer_id" in wanted:
        found = found.where(dealer.c.dealer_id.in_(wanted["dealer_id"]))
    rows = await connection.execute(found.order_by(*order.columns(of_part)).limit(most))
    return [task_of(row) for row in rows.mappings()]


def _parts(wanted: Filters) -> TableValuedAlias:
    """Each role that is asked for, with whether its tasks have ended: what stands next to each other in the indexes."""
    ended = {status in TERMINAL_STATUSES for status in wanted.get("status", TASK_STATUSES)}
    pairs = list(product(set(wanted.get("role", [""])), ended))
    roles, ends = (literal(list(map(str, column)), ARRAY(Text)) for column in zip(*pairs, strict=True))
    return func.unnest(roles, ends).table_valued("role", "ended").render_derived()


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


async def count_open_tasks(
    connection: AsyncConnection, dealer_id: str, role: str, without: Collection[str] = ()
) -> list[tuple[str, str | None, str | None, int]]:
    """How many tasks a role has open by status, assignee and whom they are offered to, but for those of some ids."""
    by = (task.c.status, task.c.assignee_id, task.c.offered_to)
    query = (
        select(*by, func.count())
        .where(task.c.dealer_id == dealer_id, task.c.to_role == role, task.c.status.in_(OPEN_STATUSES))
        .where(task.c.task_id.not_in(without))
        .group_by(*by)
    )
    return [
        (status, assignee, offered_to, count) for status, assignee, offered_to, count in await connection.execute(query)
    ]


async def list_role_tasks(
    connection: AsyncConnection, dealer_id: str, role: str, ended_since: datetime, limit: int
) -> list[Task]:
    """What a role has open, in the default order, then what it completed since an instant, newest first.

    At most so many of each.
    """
    of_role = {"dealer_id": [dealer_id], "role": [role]}
    completed: Filters = {**of_role, "status": ["completed"]}
    order, newest, page = Order(), Order("-updated_at"), Page(limit, None)
    worked = {**of_role, "status": OPEN_STATUSES}
    found = await list_tasks(connection, tasks_query(worked, order), order, page, worked)
    query = tasks_query(completed, newest).where(task.c.updated_at >= ended_since)
    done = await list_tasks(connection, query, newest, page, completed)
    return found[:limit] + done[:limit]
