"""Notices to one person in quick succession go as one: the first and every breach at once, the rest together."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import RowMapping, func, select

from notifier.desk import Desk
from notifier.notices import BUNDLED
from notifier.notifications import change_status
from notifier.obligations import Obligation, obligation_of
from notifier.standing import is_still_owed
from shared.tables import notification

WINDOW: Final = timedelta(minutes=10)
"""How long after a notice the next ones to the same person wait for each other; domain time."""

_NOTICES: Final = ("WARNING", "BREACHED", "ESCALATED")
_WAITS: Final = notification.c.params["about"]["bundled"].as_boolean()


async def bundle_until(desk: Desk, obligation: Obligation) -> datetime | None:
    """When the window ends that an earlier notice to this person has opened; None where none is open."""
    if not obligation.notice.bundled or obligation.recipient.staff_id is None:
        return None
    columns = notification.c
    query = select(func.min(columns.created_at)).where(
        columns.dealer_id == obligation.dealer_id,
        columns.staff_id == obligation.recipient.staff_id,
        columns.message.in_(_NOTICES),
        columns.created_at > desk.now - WINDOW,
        columns.status.not_in(("withdrawn", "failed")),
        _WAITS.is_not(True),
    )
    opened: datetime | None = await desk.connection.scalar(query)
    return opened + WINDOW if opened else None


def put_in_bundle(obligation: Obligation) -> Obligation:
    """The obligation as one that waits for others."""
    return replace(obligation, about={**obligation.about, "bundled": True})


async def gather_bundle(desk: Desk, row: RowMapping, obligation: Obligation) -> Obligation:
    """Let this notice carry all others that wait for the same person; they are told with it and go no other way."""
    if not obligation.about.get("bundled"):
        return obligation
    columns = notification.c
    query = select(notification).where(
        columns.dealer_id == row["dealer_id"],
        columns.staff_id == row["staff_id"],
        columns.status == "held",
        columns.not_before <= desk.now,
        columns.notification_id != row["notification_id"],
        _WAITS.is_(True),
    )
    # skipped when another release has them: then they carry themselves
    found = await desk.connection.execute(query.order_by(columns.notification_id).with_for_update(skip_locked=True))
    waiting = found.mappings().all()
    owed = [one["notification_id"] for one in waiting if await is_still_owed(desk, obligation_of(one))]
    await _end(desk, waiting, owed)
    return replace(obligation, about={**obligation.about, "carries": owed})


async def load_carried(desk: Desk, obligation: Obligation) -> list[Obligation]:
    """What a notice carries besides itself."""
    ids = obligation.about.get("carries") or []
    if not ids:
        return []
    query = select(notification).where(notification.c.notification_id.in_(ids))
    rows = (await desk.connection.execute(query.order_by(notification.c.notification_id))).mappings()
    return [obligation_of(row) for row in rows]


async def _end(desk: Desk, waiting: Sequence[RowMapping], owed: Sequence[str]) -> None:
    closed = [one["notification_id"] for one in waiting if one["notification_id"] not in owed]
    await change_status(desk, owed, "withdrawn", code=BUNDLED)
    await change_status(desk, closed, "withdrawn", code="closed")
