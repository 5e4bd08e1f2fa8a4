"""Records of SLA timers: warnings, breaches and escalations are sent."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from notifier.consumers.sla_notices import Notices, escalate, tell_all, tell_breach, warn
from notifier.context import Desk
from shared.db.schema import sla_timer
from shared.messaging.bus import Record
from shared.sla.store.timers import timer_of
from shared.sla.types import Timer


async def hear_clocks(desk: Desk, records: Sequence[Record]) -> None:
    """Tell whom these concern."""
    told = [record for record in records if not record.data["at_stop"]]
    timers = await _timers(desk, {record.data["timer_id"] for record in told})
    notices: list[Notices] = []
    for record in told:
        timer = timers.get(record.data["timer_id"])
        if timer is not None:
            notices.append(await _notices(desk, record, timer))
    await tell_all(desk, notices)


async def _notices(desk: Desk, record: Record, timer: Timer) -> Notices:
    match record.type:
        case "handoff.sla.warning.v1":
            return await warn(desk, timer, record.data["threshold"])
        case "handoff.sla.escalated.v1":
            return await escalate(desk, timer, record.data["threshold"])
        case _:
            return await tell_breach(desk, timer)


async def _timers(desk: Desk, timer_ids: Collection[str]) -> dict[str, Timer]:
    if not timer_ids:
        return {}
    query = select(sla_timer).where(sla_timer.c.timer_id.in_(sorted(timer_ids)))
    return {row["timer_id"]: timer_of(row) for row in (await desk.connection.execute(query)).mappings()}
