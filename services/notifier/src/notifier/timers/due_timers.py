"""Fires the due thresholds of SLA timers and publishes what happened on the sla topic."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.prepared import Prepared
from shared.db.schema import sla_timer
from shared.messaging.moments_due import append_facts
from shared.sla.engine.due_actions import fire_overdue
from shared.sla.store.breach_count import count_breaches
from shared.sla.store.documents import sla_record
from shared.sla.store.timers import read_timers, store_changes
from shared.sla.types import CaseTimers, DueAction, Timer, TimerChanges, TimerTransition

_CLAIM: Final = Prepared(
    "delete from timer_due where kind = 'timer' and subject_id = any(cast(:timers as text[])) and fire_at <= :now"
    " returning subject_id as timer_id, cycle, threshold, revision, fire_at"
)


async def fire_timers(
    connection: AsyncConnection, wanted: Select[tuple[str]] | list[str], now: datetime
) -> list[DueAction]:
    """Let what is due of these timers take effect and tell of it on the sla topic; answers the rows it took.

    A row says that something of its timer is due; what that is the timer says.
    Timers that somebody is changing are left to the next tick. Whoever changes a timer holds its row before what is
    due of it, so nobody waits for anybody in a circle.
    """
    timers = await _hold_timers(connection, wanted)
    if not timers:
        return []
    found = await _CLAIM.rows(connection, {"timers": list(timers), "now": now})
    rows = [DueAction(row.timer_id, row.cycle, row.threshold, row.fire_at, row.revision) for row in found]
    moves = [fire_overdue(timers[timer_id], now) for timer_id in sorted({row.timer_id for row in rows})]
    await store_changes(connection, [_changes(moves)], now)
    await _publish(connection, moves, now)
    return rows


async def _hold_timers(connection: AsyncConnection, wanted: Select[tuple[str]] | list[str]) -> dict[str, Timer]:
    query = select(sla_timer).where(sla_timer.c.timer_id.in_(wanted)).with_for_update(skip_locked=True)
    return {timer.timer_id: timer for timer in await read_timers(connection, query)}


def _changes(moves: Sequence[TimerTransition]) -> TimerChanges:
    return TimerChanges(
        case_timers=CaseTimers(),
        changed=tuple(moved.timer for moved in moves),
        events=tuple(event for moved in moves for event in moved.events),
        due=tuple(row for moved in moves for row in moved.due),
    )


async def _publish(connection: AsyncConnection, moves: Sequence[TimerTransition], now: datetime) -> None:
    told = [(moved.timer, event) for moved in moves for event in moved.events]
    count_breaches(told)
    records = (sla_record(timer, event, now) for timer, event in told)
    await append_facts(connection, [record for record in records if record is not None])
