"""Reading the clocks: the list of timers."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.reports.clock_filter import TimerFilter
from shared.db.schema import sla_timer
from shared.sla.store.timers import read_timers
from shared.sla.types import Timer

_SINGLE: Final = {
    "dealer_id": "dealer_id",
    "customer_id": "customer_id",
    "case_id": "case_id",
    "task_id": "task_id",
    "owner": "owner_staff_id",
    "owner_role": "owner_role",
}
_SEVERAL: Final = ("target", "rule", "state")


def is_breached(now: datetime) -> ColumnElement[bool]:
    """Breached, noted or not yet: a running timer is late once its due second has passed."""
    late = and_(sla_timer.c.state == "running", sla_timer.c.due_at < now.replace(microsecond=0))
    return or_(sla_timer.c.breached_at.is_not(None), late)


def timers_query(wanted: TimerFilter, now: datetime) -> Select[Any]:
    """The rows of the timers that match, by due time, then id."""
    columns = sla_timer.c
    clauses = [
        columns[column] == value for name, column in _SINGLE.items() if (value := getattr(wanted, name)) is not None
    ]
    clauses += [columns[name].in_(values) for name in _SEVERAL if (values := getattr(wanted, name)) is not None]
    if wanted.breached is not None:
        clauses.append(is_breached(now) if wanted.breached else ~is_breached(now))
    if wanted.due_before is not None:
        clauses.append(columns.due_at < wanted.due_before)
    if wanted.due_after is not None:
        clauses.append(columns.due_at >= wanted.due_after)
    return select(sla_timer).where(*clauses).order_by(columns.due_at, columns.timer_id)


async def list_timers(
    connection: AsyncConnection, wanted: TimerFilter, after: tuple[datetime, str] | None, limit: int, now: datetime
) -> list[Timer]:
    """Timers by due time, then id, after a sort key; one more than `limit` when there are more."""
    query = timers_query(wanted, now)
    if after is not None:
        query = query.where(tuple_(sla_timer.c.due_at, sla_timer.c.timer_id) > tuple_(*after))
    return await read_timers(connection, query.limit(limit + 1))
