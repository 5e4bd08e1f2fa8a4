"""Records of SLA timers: warnings, breaches and escalations are sent."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from notifier.consumers.sla_notices import SlaNotices, breach_notices, escalation_notices, send_notices, warning_notices
from notifier.context import NotifierContext
from shared.db.schema import sla_timer
from shared.messaging.bus import Record
from shared.sla.store.timers import read_timers
from shared.sla.types import Timer


async def on_sla_events(context: NotifierContext, records: Sequence[Record]) -> None:
    """Tell whom these concern."""
    current = [record for record in records if not record.data["at_stop"]]
    timers = await _timers(context, {record.data["timer_id"] for record in current})
    notices: list[SlaNotices] = []
    for record in current:
        timer = timers.get(record.data["timer_id"])
        if timer is not None:
            notices.append(await _notices(context, record, timer))
    await send_notices(context, notices)


async def _notices(context: NotifierContext, record: Record, timer: Timer) -> SlaNotices:
    match record.type:
        case "handoff.sla.warning.v1":
            return await warning_notices(context, timer, record.data["threshold"])
        case "handoff.sla.escalated.v1":
            return await escalation_notices(context, timer, record.data["threshold"])
        case _:
            return await breach_notices(context, timer)


async def _timers(context: NotifierContext, timer_ids: Collection[str]) -> dict[str, Timer]:
    if not timer_ids:
        return {}
    query = select(sla_timer).where(sla_timer.c.timer_id.in_(sorted(timer_ids)))
    return {timer.timer_id: timer for timer in await read_timers(context.connection, query)}
