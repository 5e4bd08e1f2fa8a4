"""Records of clocks: notices are told, an offer that ran out goes on, a contact that began one is acknowledged."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import RowMapping, select

from notifier.desk import Desk
from notifier.escalation import escalate, tell_breach, warn
from notifier.handlers.journey import REPLY_KINDS
from notifier.notices import NOTICES
from notifier.obligations import Obligation, Recipient
from notifier.planning import meet
from shared.messaging.bus import Record
from shared.offers import expire_offer
from shared.sla.values import Timer
from shared.tables import contact, sla_timer, sla_timer_event
from shared.timers.rows import timer_of

STARTED: Final = "handoff.sla.started.v1"
ACKNOWLEDGED_RULES: Final = ("T-02", "T-04", "T-22")
"""The rules whose clock an inbound message or e-mail starts, one of them each."""


async def hear_clocks(desk: Desk, records: Sequence[Record]) -> None:
    """Tell whom these concern."""
    begun = [record for record in records if record.type == STARTED]
    await _acknowledge_contacts(desk, [record.data["timer_id"] for record in begun if _is_reply_clock(record)])
    told = [record for record in records if record.type != STARTED and not record.data["at_stop"]]
    timers = await _timers(desk, {record.data["timer_id"] for record in told})
    for record in told:
        timer = timers.get(record.data["timer_id"])
        if timer is not None:
            await _tell(desk, record, timer)


async def _tell(desk: Desk, record: Record, timer: Timer) -> None:
    match record.type:
        case "handoff.sla.warning.v1":
            await warn(desk, timer, record.data["threshold"])
        case "handoff.sla.escalated.v1":
            await escalate(desk, timer, record.data["threshold"])
        case "handoff.sla.breached.v1":
            await tell_breach(desk, timer)
            if timer.target == "acceptance" and timer.task_id:
                await expire_offer(desk.connection, timer.dealer_id, timer.task_id, timer.cycle, desk.now)


def _is_reply_clock(record: Record) -> bool:
    return record.data["rule"] in ACKNOWLEDGED_RULES


async def _acknowledge_contacts(desk: Desk, timer_ids: list[str]) -> None:
    """An inbound contact that started a clock is acknowledged as an event is."""
    if not timer_ids:
        return
    started = (sla_timer_event.c.timer_id.in_(timer_ids)) & (sla_timer_event.c.action == "started")
    inbound = (contact.c.direction == "inbound") & contact.c.channel.in_(REPLY_KINDS)
    query = select(contact).join(sla_timer_event, sla_timer_event.c.cause == contact.c.contact_id)
    for row in (await desk.connection.execute(query.where(started, inbound))).mappings().all():
        await meet(desk, _acknowledgement(row))


def _acknowledgement(row: RowMapping) -> Obligation:
    return Obligation(
        dealer_id=row["dealer_id"],
        notice=NOTICES["ACK"],
        recipient=Recipient(customer_id=row["customer_id"]),
        key=row["contact_id"],
        case_id=row["case_id"],
        reply_kinds=REPLY_KINDS[row["channel"]],
        inbound_at=row["at"],
    )


async def _timers(desk: Desk, timer_ids: Collection[str]) -> dict[str, Timer]:
    if not timer_ids:
        return {}
    query = select(sla_timer).where(sla_timer.c.timer_id.in_(sorted(timer_ids)))
    return {row["timer_id"]: timer_of(row) for row in (await desk.connection.execute(query)).mappings()}
