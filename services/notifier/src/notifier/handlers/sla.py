"""Records of clocks: notices are told, an offer that ran out goes on, a contact that began one is acknowledged."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.escalation import escalate, tell_breach, warn
from notifier.handlers.journey import REPLY_KINDS
from notifier.means import Means
from notifier.notices import NOTICES
from notifier.obligations import Obligation, Recipient
from notifier.planning import meet
from shared.messaging.bus import Record
from shared.offers import expire_offer
from shared.sla.values import Timer
from shared.tables import contact, sla_timer, sla_timer_event
from shared.timers.rows import timer_of

ACKNOWLEDGED_RULES: Final = ("T-02", "T-04", "T-22")
"""The rules whose clock an inbound message or e-mail starts, one of them each."""


async def hear_clocks(
    connection: AsyncConnection, means: Means, records: Sequence[Record], now: datetime, real: datetime
) -> None:
    """Tell whom these concern."""
    for record in records:
        timer = await _timer(connection, record.data["timer_id"])
        if timer is None:
            continue
        match record.type:
            case "handoff.sla.warning.v1":
                await warn(connection, means, timer, record.data["threshold"], now, real)
            case "handoff.sla.breached.v1" if not record.data["at_stop"]:
                await tell_breach(connection, means, timer, now, real)
                if timer.target == "acceptance" and timer.task_id:
                    await expire_offer(connection, timer.dealer_id, timer.task_id, timer.cycle, now)
            case "handoff.sla.escalated.v1":
                await escalate(connection, means, timer, record.data["threshold"], now, real)
            case "handoff.sla.started.v1" if timer.rule in ACKNOWLEDGED_RULES:
                await _acknowledge_contact(connection, means, timer.timer_id, now, real)


async def _acknowledge_contact(
    connection: AsyncConnection, means: Means, timer_id: str, now: datetime, real: datetime
) -> None:
    """An inbound contact that started a clock is acknowledged as an event is."""
    started = (sla_timer_event.c.timer_id == timer_id) & (sla_timer_event.c.action == "started")
    cause = select(sla_timer_event.c.cause).where(started).limit(1).scalar_subquery()
    row = (await connection.execute(select(contact).where(contact.c.contact_id == cause))).mappings().one_or_none()
    if row is None or row["direction"] != "inbound" or row["channel"] not in REPLY_KINDS:
        return
    obligation = Obligation(
        dealer_id=row["dealer_id"],
        notice=NOTICES["ACK"],
        recipient=Recipient(customer_id=row["customer_id"]),
        key=row["contact_id"],
        case_id=row["case_id"],
        reply_kinds=REPLY_KINDS[row["channel"]],
        inbound_at=row["at"],
    )
    await meet(connection, means, obligation, now, real)


async def _timer(connection: AsyncConnection, timer_id: str) -> Timer | None:
    query = select(sla_timer).where(sla_timer.c.timer_id == timer_id)
    row = (await connection.execute(query)).mappings().one_or_none()
    return timer_of(row) if row else None
