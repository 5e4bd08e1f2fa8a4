"""Fires the due thresholds of SLA timers and publishes what happened on the sla topic."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ARRAY, DateTime, Text, bindparam, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.timers.fired_rows import store_fired
from shared.db.prepared import Prepared, Row
from shared.db.schema import sla_timer, timer_due
from shared.messaging.moments_due import append_facts
from shared.sla.engine.due_actions import fire_overdue
from shared.sla.store.breach_count import count_breaches
from shared.sla.store.documents import sla_record
from shared.sla.store.timers import timers_of_rows
from shared.sla.types import TimerTransition

BATCH: Final = 500
"""The most timers a tick takes; a number in the text of its statements, for they are planned once."""

_DUE: Final = (
    select(timer_due.c.subject_id)
    .where(
        timer_due.c.kind == text("'timer'"),
        timer_due.c.fire_at <= bindparam("now", type_=DateTime(timezone=True)),
        timer_due.c.fire_at >= bindparam("low", type_=DateTime(timezone=True)),
    )
    .order_by(timer_due.c.fire_at)
    .limit(literal_column(str(BATCH)))
)
_HELD: Final = select(sla_timer).order_by(sla_timer.c.timer_id).with_for_update(skip_locked=True)
_NAMED: Final = func.any(bindparam("timers", type_=ARRAY(Text)))

_FIND_DUE: Final = Prepared(_DUE)
_HOLD_DUE: Final = Prepared(_HELD.where(sla_timer.c.timer_id.in_(_DUE)))
_HOLD_NAMED: Final = Prepared(_HELD.where(sla_timer.c.timer_id == _NAMED))
_TAKE: Final = Prepared(
    "delete from timer_due where kind = 'timer' and subject_id = any(cast(:timers as text[]))"
    " returning subject_id, fire_at"
)


async def find_due(connection: AsyncConnection, low: datetime, now: datetime) -> list[str]:
    """The timers of the rows that are due first, not before `low`; a batch at most."""
    return sorted({row["subject_id"] for row in await _FIND_DUE.rows(connection, {"low": low, "now": now})})


async def fire_first_due(connection: AsyncConnection, low: datetime, now: datetime) -> list[datetime]:
    """Fire the timers of the rows that are due first, not before `low`; answers when those it took were due."""
    return await _fire(connection, await _HOLD_DUE.rows(connection, {"low": low, "now": now}), now)


async def fire_timers(connection: AsyncConnection, timers: Sequence[str], now: datetime) -> list[datetime]:
    """Fire what is due of these timers; answers when the rows it took were due."""
    return await _fire(connection, await _HOLD_NAMED.rows(connection, {"timers": timers}), now)


async def _fire(connection: AsyncConnection, held: Sequence[Row], now: datetime) -> list[datetime]:
    """Let what is due of timers that are held take effect and tell of it on the sla topic.

    A row says that something of its timer is due; what that is the timer says. What comes next of it is written anew,
    also where somebody else fired it between the look for what is due and the hold.
    Timers that somebody is changing are left to the next tick. Whoever changes a timer holds its row before what is
    due of it, so nobody waits for anybody in a circle.
    """
    if not held:
        return []
    timers = {timer.timer_id: timer for timer in await timers_of_rows(connection, held)}
    rows = await _TAKE.rows(connection, {"timers": list(timers)})
    moves = [fire_overdue(timers[timer_id], now) for timer_id in sorted({row["subject_id"] for row in rows})]
    await store_fired(connection, moves, now)
    await _publish(connection, moves, now)
    return [row["fire_at"] for row in rows if row["fire_at"] <= now]


async def _publish(connection: AsyncConnection, moves: Sequence[TimerTransition], now: datetime) -> None:
    told = [(moved.timer, event) for moved in moves for event in moved.events]
    count_breaches(told)
    records = (sla_record(timer, event, now) for timer, event in told)
    await append_facts(connection, [record for record in records if record is not None])
