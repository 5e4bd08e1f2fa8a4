"""Whether a notice is still owed: what has been dealt with meanwhile is not said any more."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from sqlalchemy import ColumnElement, exists, select

from notifier.desk import Desk
from notifier.obligations import Obligation
from shared.tables import contact, journey_case, sla_timer, task

_ANSWERS: Final = ("acknowledgement", "answer", "proposal", "estimate")


async def is_still_owed(desk: Desk, obligation: Obligation) -> bool:
    """Whether what the notice is about still stands; a breach stays one."""
    check = _CHECKS.get(obligation.notice.name)
    return True if check is None else await check(desk, obligation)


async def _message_unanswered(desk: Desk, obligation: Obligation) -> bool:
    """No person has acknowledged or answered since the message came."""
    answered = (
        (contact.c.dealer_id == obligation.dealer_id)
        & (contact.c.customer_id == obligation.recipient.customer_id)
        & (contact.c.direction == "outbound")
        & contact.c.kind.in_(_ANSWERS)
        & (contact.c.notification_id.is_(None) | contact.c.staff_id.is_not(None))
        & (contact.c.at >= obligation.inbound_at)
    )
    if obligation.case_id is not None:
        answered &= contact.c.case_id == obligation.case_id
    return not await _exists(desk, answered)


async def _case_open(desk: Desk, obligation: Obligation) -> bool:
    closed = (
        (journey_case.c.dealer_id == obligation.dealer_id)
        & (journey_case.c.case_id == obligation.case_id)
        & (journey_case.c.status == "closed")
    )
    return not await _exists(desk, closed)


async def _offer_stands(desk: Desk, obligation: Obligation) -> bool:
    return await _exists(
        desk,
        (task.c.task_id == obligation.task_id)
        & task.c.status.in_(("offered", "open"))
        & (task.c.offered_to == obligation.recipient.staff_id)
        & (task.c.offer["cycle"].as_integer() == obligation.cycle),
    )


async def _clock_runs(desk: Desk, obligation: Obligation) -> bool:
    mine = sla_timer.c.timer_id == obligation.about["timer_id"]
    return await _exists(desk, mine & (sla_timer.c.state == "running"))


async def _not_yet_late(desk: Desk, obligation: Obligation) -> bool:
    mine = sla_timer.c.timer_id == obligation.about["timer_id"]
    return await _exists(desk, mine & (sla_timer.c.state == "running") & sla_timer.c.breached_at.is_(None))


async def _exists(desk: Desk, where: ColumnElement[bool]) -> bool:
    return bool(await desk.connection.scalar(select(exists().where(where))))


_CHECKS: Final[Mapping[str, Callable[[Desk, Obligation], Awaitable[bool]]]] = {
    "ACK": _message_unanswered,
    "STATUS": _case_open,
    "OFFERED": _offer_stands,
    "WARNING": _not_yet_late,
    "ESCALATED": _clock_runs,
}
