"""Timers as rows: read, locked, and stored with their history and what is due of them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, or_, select, tuple_
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.sla.timer_rows import from_row, to_row
from shared.sla.values import Changes, DueAction, Moved, Timer, TimerEvent
from shared.tables import sla_timer, sla_timer_event, timer_due

CaseKey = tuple[str, str]


def timer_of(row: RowMapping) -> Timer:
    """The timer a row holds."""
    return from_row({column.name: row[column.name] for column in sla_timer.c})


async def load_timers(
    connection: AsyncConnection,
    *,
    cases: Collection[CaseKey] = (),
    tasks: Collection[CaseKey] = (),
    lock: bool = False,
) -> list[Timer]:
    """All timers of these cases (and of their tasks), and of these tasks, oldest first; keys are (dealer, id).

    With `lock` the live ones are this transaction's to change, and what is due of them with them: the tick passes
    over timers that somebody holds.
    """
    clauses = _clauses(cases, tasks)
    if not clauses:
        return []
    query = select(sla_timer).where(or_(*clauses)).order_by(sla_timer.c.started_at, sla_timer.c.timer_id)
    timers = [timer_of(row) for row in (await connection.execute(query)).mappings()]
    live = sorted(timer.timer_id for timer in timers if timer.live)
    if not lock or not live:
        return timers
    held = select(sla_timer).where(sla_timer.c.timer_id.in_(live)).order_by(sla_timer.c.timer_id)
    rows = (await connection.execute(held.with_for_update())).mappings()
    fresh = {timer.timer_id: timer for timer in map(timer_of, rows)}
    return [fresh.get(timer.timer_id, timer) for timer in timers]


Change = Changes | Moved
"""What came of a fact, or of one transition of one timer."""


def touched(change: Change) -> tuple[Timer, ...]:
    """The timers a change leaves otherwise than it found them."""
    return (change.timer,) if isinstance(change, Moved) else (*change.created, *change.changed)


async def store_changes(connection: AsyncConnection, changes: Sequence[Change], now: datetime) -> None:
    """Write timers, their history and what is due of them; a few statements however many there are.

    Of several changes of one timer the last says how it stands and what is due. What was due before `now` is due now:
    the tick does not look for news among what it has long left behind.
    """
    timers = {timer.timer_id: timer for change in changes for timer in touched(change)}
    if not timers:
        return
    await connection.execute(_upsert(), [to_row(timer) for timer in timers.values()])
    dealers = {timer.timer_id: timer.dealer_id for timer in timers.values()}
    await _append_events(connection, dealers, [event for change in changes for event in change.events])
    await connection.execute(timer_due.delete().where(timer_due.c.timer_id.in_(timers)))
    await _insert_due(connection, dealers, _last_due(changes), now)


def _upsert() -> Insert:
    statement = insert(sla_timer)
    kept = {column.name: statement.excluded[column.name] for column in sla_timer.c if column.name != "timer_id"}
    return statement.on_conflict_do_update(index_elements=["timer_id"], set_=kept)


def _last_due(changes: Iterable[Change]) -> list[DueAction]:
    due: dict[str, list[DueAction]] = {}
    for change in changes:
        due |= {timer.timer_id: [] for timer in touched(change)}
        for row in change.due:
            due[row.timer_id].append(row)
    return [row for rows in due.values() for row in rows]


def _clauses(cases: Iterable[CaseKey], tasks: Iterable[CaseKey]) -> list[ColumnElement[bool]]:
    named = ((sla_timer.c.case_id, sorted(set(cases))), (sla_timer.c.task_id, sorted(set(tasks))))
    return [tuple_(sla_timer.c.dealer_id, column).in_(keys) for column, keys in named if keys]


async def _append_events(connection: AsyncConnection, dealers: dict[str, str], events: Sequence[TimerEvent]) -> None:
    if not events:
        return
    columns = ("timer_id", "cycle", "generation", "at", "action", "threshold", "from_state", "to_state", "cause")
    rows = [
        {name: getattr(event, name) for name in columns}
        | {"dealer_id": dealers[event.timer_id], "trace": _trace(event)}
        for event in events
    ]
    await connection.execute(sla_timer_event.insert(), rows)


def _trace(event: TimerEvent) -> dict[str, Any]:
    told = {"step": event.step, "on_attach": event.on_attach, "at_stop": event.at_stop, "detail": event.detail}
    return {name: value for name, value in told.items() if value is not None and value is not False}


async def _insert_due(
    connection: AsyncConnection, dealers: dict[str, str], due: Sequence[DueAction], now: datetime
) -> None:
    rows = [
        {
            "dealer_id": dealers[row.timer_id],
            "timer_id": row.timer_id,
            "cycle": row.cycle,
            "generation": row.generation,
            "threshold": row.threshold,
            "fire_at": max(row.fire_at, now),
        }
        for row in due
    ]
    if rows:
        await connection.execute(timer_due.insert(), rows)
