"""How fresh what is shown is: the last event, what waits to be routed or fired, and what the auditor last found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.unrouted_events import routed_so_far
from shared.db.schema import audit_finding, journey_event, timer_due


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait, and since when the oldest does; None where none do."""

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """`last_event`: its source and when it came in. `audited_at` None: the auditor has not looked yet; real time.

    `unrouted` events of the last day, `unfired` clocks and other things past due. `findings`: what the auditor counted
    that is wrong, over all dealers.
    """

    last_event: tuple[str, datetime] | None
    unrouted: Waiting
    unfired: Waiting
    audited_at: datetime | None
    findings: Mapping[str, int]


async def measure_freshness(
    connection: AsyncConnection, dealer_id: str | None, now: datetime, real: datetime
) -> Freshness:
    """Of the dealers the transaction sees, or of one of them."""
    events, own = journey_event.c, []
    if dealer_id is not None:
        own.append(events.dealer_id == dealer_id)
    newest = select(events.source, events.received_at).where(*own).order_by(events.event_id.desc()).limit(1)
    last = (await connection.execute(newest)).one_or_none()
    unrouted = (await routed_so_far(connection)).unrouted(real).c
    waiting = [unrouted.dealer_id == dealer_id] if dealer_id is not None else []
    due = [timer_due.c.fire_at < now.replace(microsecond=0), timer_due.c.kind == "timer"]
    due += [timer_due.c.dealer_id == dealer_id] if dealer_id is not None else []
    columns = audit_finding.c
    found = (await connection.execute(select(columns.finding, columns.count, columns.wall_clock_at))).all()
    return Freshness(
        last_event=(last.source, last.received_at) if last else None,
        unrouted=await _waiting(connection, unrouted.received_at, *waiting),
        unfired=await _waiting(connection, timer_due.c.fire_at, *due),
        audited_at=max((at for _, _, at in found), default=None),
        findings={finding: count for finding, count, _ in found if count},
    )


async def _waiting(connection: AsyncConnection, column: ColumnElement[Any], *wanted: ColumnElement[bool]) -> Waiting:
    row = (await connection.execute(select(func.count(), func.min(column)).where(*wanted))).one()
    return Waiting(row[0], row[1])
