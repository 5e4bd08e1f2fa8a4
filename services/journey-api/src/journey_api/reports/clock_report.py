"""Reading the clocks: the list of timers, and how the promises of a period were kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import sla_timer
from shared.sla.store.timers import timer_of

By = Literal["dealer", "role", "target", "rule"]
_KEYS: Final[Mapping[By, ColumnElement[str]]] = {
    "dealer": sla_timer.c.dealer_id,
    "role": sla_timer.c.owner_role,
    "target": sla_timer.c.target,
    "rule": sla_timer.c.rule,
}

_SINGLE: Final = {
    "dealer_id": "dealer_id",
    "customer_id": "customer_id",
    "case_id": "case_id",
    "task_id": "task_id",
    "owner": "owner_staff_id",
    "owner_role": "owner_role",
}
_SEVERAL: Final = ("target", "rule", "state")


@dataclass(frozen=True, slots=True)
class TimerFilter:
    """Which timers are wanted; None leaves a question open."""

    dealer_id: str | None = None
    customer_id: str | None = None
    case_id: str | None = None
    task_id: str | None = None
    owner: str | None = None
    owner_role: str | None = None
    target: Sequence[str] | None = None
    rule: Sequence[str] | None = None
    state: Sequence[str] | None = None
    breached: bool | None = None
    due_before: datetime | None = None
    due_after: datetime | None = None


def _is_breached(now: datetime) -> ColumnElement[bool]:
    """Breached, noted or not yet: a running timer is late once its due second has passed."""
    late = and_(sla_timer.c.state == "running", sla_timer.c.due_at < now.replace(microsecond=0))
    return or_(sla_timer.c.breached_at.is_not(None), late)


async def list_timers(
    connection: AsyncConnection, wanted: TimerFilter, after: tuple[datetime, str] | None, limit: int, now: datetime
) -> list[Any]:
    """Timers by due time, then id, after a sort key; one more than `limit` when there are more."""
    columns = sla_timer.c
    clauses = [
        columns[column] == value for name, column in _SINGLE.items() if (value := getattr(wanted, name)) is not None
    ]
    clauses += [columns[name].in_(values) for name in _SEVERAL if (values := getattr(wanted, name)) is not None]
    if wanted.breached is not None:
        clauses.append(_is_breached(now) if wanted.breached else ~_is_breached(now))
    if wanted.due_before is not None:
        clauses.append(columns.due_at < wanted.due_before)
    if wanted.due_after is not None:
        clauses.append(columns.due_at >= wanted.due_after)
    if after is not None:
        clauses.append(tuple_(columns.due_at, columns.timer_id) > tuple_(*after))
    query = select(sla_timer).where(*clauses).order_by(columns.due_at, columns.timer_id).limit(limit + 1)
    return [timer_of(row) for row in (await connection.execute(query)).mappings()]


async def summarise(
    connection: AsyncConnection,
    dealer_id: str | None,
    since: datetime | None,
    until: datetime | None,
    by: By,
    now: datetime,
) -> list[dict[str, Any]]:
    """Promises due in [since, until) by key: started, met, breached, running, and the time the stopped ones took.

    A breached timer that still runs counts as breached. `attainment` is met of met and breached, None without any;
    `p50` and `p90` are business time.
    """
    columns = sla_timer.c
    breached = _is_breached(now)
    key = func.coalesce(_KEYS[by], "").label("key")
    period = []
    if dealer_id is not None:
        period.append(columns.dealer_id == dealer_id)
    if since is not None:
        period.append(columns.due_at >= since)
    if until is not None:
        period.append(columns.due_at < until)
    took = [
        func.percentile_cont(q).within_group(columns.consumed).filter(columns.state == "completed") for q in (0.5, 0.9)
    ]
    query = (
        select(
            key,
            func.count().label("started"),
            func.count().filter(columns.state == "completed", ~breached).label("met"),
            func.count().filter(breached).label("breached"),
            func.count().filter(columns.state.in_(("running", "paused")), ~breached).label("running"),
            took[0].label("p50"),
            took[1].label("p90"),
        )
        .where(*period)
        .group_by(key)
        .order_by(key)
    )
    return [_item(row) for row in (await connection.execute(query)).mappings()]


def _item(row: RowMapping) -> dict[str, Any]:
    judged = row["met"] + row["breached"]
    return {
        "key": row["key"],
        "started": row["started"],
        "met": row["met"],
        "breached": row["breached"],
        "running": row["running"],
        "attainment": round(row["met"] / judged, 4) if judged else None,
        "p50": _seconds(row["p50"]),
        "p90": _seconds(row["p90"]),
    }


def _seconds(took: timedelta | None) -> timedelta | None:
    return None if took is None else timedelta(seconds=int(took.total_seconds()))
