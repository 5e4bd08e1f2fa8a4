"""Promises read from the tables with their histories, clocks and what is due of them, some at a time."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_local.verify.promise_checks import PromiseHistory
from shared.db.engine import record_key
from shared.db.schema import promise, promise_event, sla_timer, timer_due
from shared.promises.store import promise_of
from shared.promises.types import Promise, PromiseEvent
from shared.sla.store.timers import read_timers

_EVENT: Final = tuple(one.name for one in fields(PromiseEvent))


async def read_promises(
    connection: AsyncConnection, after: str, since: datetime | None, limit: int, pending: Collection[str]
) -> list[PromiseHistory]:
    """The promises after an id, whole. `pending`: the customers of whom the worker has not handled every breach.

    `since`: only those to which anything happened from then on.
    """
    query = select(promise).where(promise.c.promise_id > after).order_by(promise.c.promise_id).limit(limit)
    if since is not None:
        recent = select(promise_event.c.promise_id).where(promise_event.c.recorded_at >= since)
        query = query.where(promise.c.promise_id.in_(recent))
    found = [promise_of(row) for row in (await connection.execute(query)).mappings()]
    ids = [one.promise_id for one in found]
    events = await _events(connection, ids)
    timer_ids = sorted({one.timer_id for one in found})
    query = select(sla_timer).where(sla_timer.c.timer_id.in_(timer_ids))
    timers = {timer.timer_id: timer for timer in await read_timers(connection, query)}
    due = await _due(connection, ids)
    successors = await _successors(connection, found)
    return [
        PromiseHistory(
            promise=one,
            events=events[one.promise_id],
            timer=timers.get(one.timer_id),
            score_due_at=due.get(one.promise_id),
            successor=successors.get(one.successor_id or ""),
            breaking=record_key(one.dealer_id, one.customer_id) in pending,
        )
        for one in found
    ]


async def _events(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, list[PromiseEvent]]:
    found: dict[str, list[PromiseEvent]] = defaultdict(list)
    query = select(promise_event).where(promise_event.c.promise_id.in_(ids))
    ordered = query.order_by(promise_event.c.promise_id, promise_event.c.version)
    for row in (await connection.execute(ordered)).mappings():
        values: dict[str, Any] = {name: row[name] for name in _EVENT}
        found[row["promise_id"]].append(PromiseEvent(**values))
    return found


async def _due(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, datetime]:
    columns = timer_due.c
    query = select(columns.subject_id, columns.fire_at).where(columns.kind == "promise", columns.subject_id.in_(ids))
    return {row.subject_id: row.fire_at for row in await connection.execute(query)}


async def _successors(connection: AsyncConnection, found: Sequence[Promise]) -> dict[str, tuple[str, str | None]]:
    wanted = [one.successor_id for one in found if one.successor_id is not None]
    query = select(promise.c.promise_id, promise.c.predecessor_id).where(promise.c.promise_id.in_(wanted))
    return {row.promise_id: (row.promise_id, row.predecessor_id) for row in await connection.execute(query)}
