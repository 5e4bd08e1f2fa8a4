"""Looks once a minute for what should not be there, and says that all is well only when it is."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import astuple
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from prometheus_client import Gauge
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.jobs.completeness import CLOCKS, TRIGGERS, Position, look_on
from handoff_worker.jobs.stages import FINDINGS, LOOKS_BACK, OUTBOX_KEPT, SELDOM, SENDING_LIMIT, STAGE_LIMIT
from shared.cases.unrouted_events import FINDING as UNROUTED
from shared.cases.unrouted_events import look_for_unrouted, routed_so_far
from shared.db.bulk import upsert_all
from shared.db.engine import Database
from shared.db.schema import audit_finding
from shared.ids import first_id

Heartbeat = Callable[[], Awaitable[None]]
_RECENT: Final = timedelta(minutes=10)
_NAMED: Final = 20
"""So many lacking records stand in the log."""
_APART: Final = timedelta(seconds=45)
"""A look of another process that is not older counts for this one too."""
_SELDOM_APART: Final = timedelta(minutes=5) - _APART
"""What is looked for seldom counts so long as it was found."""
COUNTED: Final = (UNROUTED, *FINDINGS, TRIGGERS, CLOCKS)
"""The names of all that is counted."""
_ONE_AT_A_TIME: Final = text("select pg_try_advisory_xact_lock(7002, 1)")

invariant_violations = Gauge("handoff_invariant_violations", "What the auditor found at its last look.", ["finding"])
invariants_clean_timestamp = Gauge("handoff_invariants_clean_timestamp_seconds", "When the auditor last found nothing.")

_log = structlog.get_logger()


async def audit(database: Database, now: datetime, real: datetime, rate: float = 1.0) -> Mapping[str, int]:
    """Count what is wrong: in the table, as metrics and, where there is any, in the log; answers the counts."""
    async with database.transaction() as connection:
        found = await _look(connection, now, real, rate)
    _show(found, real)
    if any(found.values()):
        _log.warning("audit", **found)
    return found


async def audit_in_turn(
    database: Database, now: datetime, real: datetime, rate: float = 1.0, heartbeat: Heartbeat | None = None
) -> Mapping[str, int]:
    """The same, once a minute over all processes: who finds that another has just looked shows what that one found.

    `heartbeat` is called after a look of this process that found nothing.
    """
    async with database.transaction() as connection:
        if not await connection.scalar(_ONE_AT_A_TIME):
            return {}
        stored = await _stored(connection, real)
        found = await _look(connection, now, real, rate) if stored is None else stored
    _show(found, real)
    if stored is not None:
        return stored
    if any(found.values()):
        _log.warning("audit", **found)
    if heartbeat is not None and not any(found.values()):
        await heartbeat()
    return found


async def _stored(connection: AsyncConnection, real: datetime) -> dict[str, int] | None:
    """What another process has found a moment ago; None where it is time to look."""
    columns = audit_finding.c
    rows = (await connection.execute(select(columns.finding, columns.count, columns.wall_clock_at))).all()
    if {row[0] for row in rows} != {*COUNTED} or any(abs(real - row[2]) > _APART for row in rows):
        return None
    return {row[0]: row[1] for row in rows}


async def _look(connection: AsyncConnection, now: datetime, real: datetime, rate: float) -> dict[str, int]:
    values = _limits(now, real, rate)
    seldom = await _found_lately(connection, real)
    unrouted, routed = await look_for_unrouted(connection, await routed_so_far(connection), real - STAGE_LIMIT, real)
    found = {UNROUTED: unrouted}
    for finding, statement in FINDINGS.items():
        if finding in seldom:
            found[finding] = seldom[finding][0]
            continue
        wanted = {name: values[name] for name in statement.compile().params}
        found[finding] = await connection.scalar(statement, wanted) or 0
    position = await _look_at_records(connection, now, values["old"])
    found |= position.counts
    details: dict[str, Any] = {name: {"looked_at": real.isoformat()} for name in SELDOM}
    details |= {name: detail for name, (_, detail) in seldom.items()}
    details |= {UNROUTED: routed.document(), TRIGGERS: position.document()}
    rows: list[dict[str, Any]] = [
        {"finding": name, "count": count, "wall_clock_at": real, "detail": details.get(name)}
        for name, count in found.items()
    ]
    await upsert_all(connection, audit_finding, rows)
    return found


async def _found_lately(connection: AsyncConnection, real: datetime) -> dict[str, tuple[int, dict[str, Any]]]:
    """Count and detail of what is looked for seldom, and was a moment ago."""
    columns = audit_finding.c
    query = select(columns.finding, columns.count, columns.detail)
    rows = await connection.execute(query.where(columns.finding.in_(SELDOM), columns.detail.is_not(None)))
    return {
        finding: (count, detail)
        for finding, count, detail in rows
        if abs(real - datetime.fromisoformat(detail["looked_at"])) < _SELDOM_APART
    }


async def _look_at_records(connection: AsyncConnection, now: datetime, old: datetime) -> Position:
    stored = await connection.scalar(select(audit_finding.c.detail).where(audit_finding.c.finding == TRIGGERS))
    position = await look_on(connection, Position.read(stored), now, old)
    if position.lacking:
        _log.warning("records_lack_triggers_or_clocks", records=[astuple(one) for one in position.lacking[:_NAMED]])
    return position


def _limits(now: datetime, real: datetime, rate: float) -> dict[str, Any]:
    """What each stage is measured by. Domain time runs `rate` times as fast as real time."""
    old = real - STAGE_LIMIT
    return {
        "now": now,
        "old": now - STAGE_LIMIT * max(rate, 1.0),
        "since": now - LOOKS_BACK,
        "real_unsent": real - SENDING_LIMIT,
        "stale": real - OUTBOX_KEPT,
        "recent_id": first_id(old - _RECENT),
        "old_id": first_id(old),
        "unapplied_id": first_id(real - SENDING_LIMIT),
    }


def _show(found: Mapping[str, int], real: datetime) -> None:
    for finding, count in found.items():
        invariant_violations.labels(finding).set(count)
    if found and not any(found.values()):
        invariants_clean_timestamp.set(real.timestamp())
