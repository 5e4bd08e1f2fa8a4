"""Counting moments and response clocks by one or two keys."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, RowMapping, String, Text, and_, cast, func, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.periods import Period
from shared.db.schema import dealer, moment, sla_timer, task
from shared.quality.levels import Answered, Scores
from shared.quality.types import RESPONSES

By = Literal["dealer", "role", "person", "step", "phase", "entry", "signal"]
Key = tuple[str | None, ...]
"""The dealer where people are counted (their ids mean something at one dealer only), then a value for each key."""

_MOMENT_KEYS: Final[Mapping[By, ColumnElement[Any]]] = {
    "dealer": moment.c.dealer_id,
    "role": moment.c.role,
    "person": moment.c.staff_id,
    "step": cast(moment.c.step, String),
    "phase": moment.c.phase,
    "entry": moment.c.entry,
    "signal": func.unnest(moment.c.flags),
}
_CLOCK_KEYS: Final[Mapping[By, ColumnElement[Any]]] = {
    "dealer": sla_timer.c.dealer_id,
    "role": sla_timer.c.owner_role,
    "person": sla_timer.c.owner_staff_id,
    "entry": task.c.entry,
}
"""By what a clock can be counted; steps, phases and flags have no clocks."""

_ZONE: Final = dealer.c.record["time_zone"].astext


@dataclass(frozen=True, slots=True)
class Asked:
    """What is counted: by one or two keys, of one dealer or all, in a period."""

    by: Sequence[By]
    dealer_id: str | None
    period: Period
    now: datetime

    def before_the_end(self, days: int) -> "Asked":
        """The same over so many days before the end of the period, else before now."""
        until = self.period.until or self.now
        since = until - timedelta(days=days if isinstance(until, datetime) else days - 1)
        return replace(self, period=Period(since, until))


async def count_moments(connection: AsyncConnection, asked: Asked) -> dict[Key, Scores]:
    """The moments by key."""
    parts = _parts(asked.by, _MOMENT_KEYS, moment.c.dealer_id)
    query = (
        select(
            *parts,
            func.count().label("moments"),
            func.count().filter(moment.c.score == -1).label("tragic"),
            func.count().filter(moment.c.score == 1).label("enchanted"),
        )
        .select_from(moment.join(dealer, dealer.c.dealer_id == moment.c.dealer_id))
        .where(*_of(moment.c.dealer_id, asked), *asked.period.clauses(moment.c.at, _ZONE))
        .group_by(*(one.name for one in parts))
    )
    rows = (await connection.execute(query)).mappings()
    return {_key(row, parts): Scores(row["moments"], row["tragic"], row["enchanted"]) for row in rows}


async def count_clocks(connection: AsyncConnection, asked: Asked) -> dict[Key, Answered]:
    """The response clocks due in the period by key, with the median time of each person; none by step, phase, flag."""
    if not set(asked.by) <= _CLOCK_KEYS.keys():
        return {}
    parts = _parts(asked.by, _CLOCK_KEYS, sla_timer.c.dealer_id)
    columns = sla_timer.c
    person = columns.owner_staff_id.label("person")
    late = columns.breached_at.is_not(None)
    met = and_(columns.state == "completed", ~late)
    query = (
        select(
            *parts,
            person,
            func.count().filter(met | late).label("judged"),
            func.count().filter(met).label("met"),
            func.percentile_cont(0.5)
            .within_group(columns.consumed)
            .filter(columns.state == "completed")
            .label("median"),
        )
        .select_from(
            sla_timer.join(dealer, dealer.c.dealer_id == columns.dealer_id).outerjoin(
                task, task.c.task_id == columns.task_id
            )
        )
        .where(*_of(columns.dealer_id, asked), columns.target.in_(RESPONSES))
        .where(*asked.period.clauses(columns.due_at, _ZONE))
        .group_by(*(one.name for one in parts), "person")
    )
    found: dict[Key, list[RowMapping]] = defaultdict(list)
    for row in (await connection.execute(query)).mappings():
        found[_key(row, parts)].append(row)
    return {key: _answered(rows) for key, rows in found.items()}


def _answered(rows: Sequence[RowMapping]) -> Answered:
    medians = tuple(row["median"] for row in rows if row["person"] is not None and row["median"] is not None)
    return Answered(sum(row["judged"] for row in rows), sum(row["met"] for row in rows), medians)


def _parts(by: Sequence[By], columns: Mapping[By, ColumnElement[Any]], dealer_id: ColumnElement[Any]) -> list[Any]:
    apart = dealer_id if "person" in by else cast(null(), Text)
    return [apart.label("apart"), *(columns[one].label(f"key{place}") for place, one in enumerate(by))]


def _key(row: RowMapping, parts: Sequence[Any]) -> Key:
    return tuple(row[one.name] for one in parts)


def _of(column: ColumnElement[str], asked: Asked) -> list[ColumnElement[bool]]:
    return [] if asked.dealer_id is None else [column == asked.dealer_id]
