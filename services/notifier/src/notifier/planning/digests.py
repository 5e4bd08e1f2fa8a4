"""Notices to one person in quick succession go as one: the first and every breach at once, the rest together."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import RowMapping, bindparam, func, select, text

from notifier.context import Desk
from notifier.notifications.request import Obligation, obligation_of
from notifier.notifications.still_relevant import is_still_owed
from notifier.notifications.store import change_status
from notifier.notifications.types import BUNDLED
from shared.db.bulk import among, pairs
from shared.db.schema import ABOUT_CLOCKS, notification

PersonKey = tuple[str, str]
"""Dealer and member of staff."""

WINDOW: Final = timedelta(minutes=10)
"""How long after a notice the next ones to the same person wait for each other; domain time."""

_COLUMNS: Final = notification.c
_WAITS: Final = _COLUMNS.params["about"]["bundled"].as_boolean()
_OPENED: Final = (
    select(_COLUMNS.dealer_id, _COLUMNS.staff_id, func.min(_COLUMNS.created_at).label("opened"))
    .where(among(_COLUMNS.dealer_id, _COLUMNS.staff_id), text(ABOUT_CLOCKS))
    .where(_COLUMNS.created_at > bindparam("since", type_=_COLUMNS.created_at.type))
    .where(_COLUMNS.status.not_in(("withdrawn", "failed")), _WAITS.is_not(True))
    .group_by(_COLUMNS.dealer_id, _COLUMNS.staff_id)
)


class Windows:
    """The windows that notices to staff have opened, those of notices about to be stored among them."""

    def __init__(self, opened: dict[PersonKey, datetime]) -> None:
        self._opened = opened

    def ends(self, obligation: Obligation) -> datetime | None:
        """When the window ends that an earlier notice to this person has opened; None where none is open."""
        opened = self._opened.get(_person(obligation))
        return opened + WINDOW if opened and _can_wait(obligation) else None

    def open(self, obligation: Obligation, at: datetime) -> None:
        """This notice goes on its own: the next ones to the same person wait for each other."""
        if _can_wait(obligation):
            self._opened.setdefault(_person(obligation), at)


async def load_windows(desk: Desk, obligations: Collection[Obligation]) -> Windows:
    """The windows of the people these obligations are to tell."""
    people = {_person(one) for one in obligations if _can_wait(one)}
    if not people:
        return Windows({})
    rows = await desk.connection.execute(_OPENED, {**pairs(people), "since": desk.now - WINDOW})
    return Windows({(row.dealer_id, row.staff_id): row.opened for row in rows})


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


def _can_wait(obligation: Obligation) -> bool:
    return obligation.notice.bundled and obligation.recipient.staff_id is not None


def _person(obligation: Obligation) -> PersonKey:
    return obligation.dealer_id, obligation.recipient.staff_id or ""


async def _end(desk: Desk, waiting: Sequence[RowMapping], owed: Sequence[str]) -> None:
    closed = [one["notification_id"] for one in waiting if one["notification_id"] not in owed]
    await change_status(desk, owed, "withdrawn", code=BUNDLED)
    await change_status(desk, closed, "withdrawn", code="closed")
