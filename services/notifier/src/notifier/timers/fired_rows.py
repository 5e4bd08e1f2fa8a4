"""Writes what a tick did to timers: how they stand, their history, and what is due of them next."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import insert_all, update_all
from shared.db.schema import sla_timer, sla_timer_event, timer_due
from shared.messaging.postgres.pg_notify import notify_due
from shared.sla.store.timer_columns import changing_columns, fired_columns
from shared.sla.store.timers import due_row, event_row
from shared.sla.types import Timer, TimerTransition


async def store_fired(connection: AsyncConnection, moves: Sequence[TimerTransition], now: datetime) -> None:
    """Write these transitions of timers, each of one of which nothing is due any more.

    A timer that goes on has only what time changes written, no column of an index among it: its row stays in the
    indexes as it is.
    """
    moved = [one for one in moves if one.events]
    await _update(connection, (one.timer for one in moved))
    events = [event_row(event, one.timer.dealer_id) for one in moved for event in one.events]
    await insert_all(connection, sla_timer_event, events)
    due = [due_row(one.due[0], one.timer.dealer_id, now) for one in moves if one.due]
    await insert_all(connection, timer_due, due)
    await notify_due(connection, (row["fire_at"] for row in due), now)


async def _update(connection: AsyncConnection, timers: Iterable[Timer]) -> None:
    going: list[dict[str, Any]] = []
    ended: list[dict[str, Any]] = []
    for timer in timers:
        if timer.live:
            going.append({"timer_id": timer.timer_id, **fired_columns(timer)})
        else:
            ended.append({"timer_id": timer.timer_id, **changing_columns(timer)})
    await update_all(connection, sla_timer, going)
    await update_all(connection, sla_timer, ended)
