"""Notices to one person in quick succession go as one: the first and every breach at once, the rest together."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import RowMapping, bindparam, func, not_, select, text

from notifier.context import NotifierContext
from notifier.notifications.request import NotificationRequest, request_from_row
from notifier.notifications.still_relevant import is_relevant
from notifier.notifications.store import change_status
from notifier.notifications.types import BUNDLED
from shared.db.bulk import in_keys, one_of, unnest_keys
from shared.db.prepared import Prepared
from shared.db.schema import IN_BUNDLES, notification

PersonKey = tuple[str, str]
"""Dealer and member of staff."""

WINDOW: Final = timedelta(minutes=10)
"""How long after a notice the next ones to the same person wait for each other; domain time."""

_COLUMNS: Final = notification.c
_WAITS: Final = _COLUMNS.params["about"]["bundled"].as_boolean()
_OPENED: Final = Prepared(
    select(_COLUMNS.dealer_id, _COLUMNS.staff_id, func.min(_COLUMNS.created_at).label("opened"))
    .where(in_keys(_COLUMNS.dealer_id, _COLUMNS.staff_id), text(IN_BUNDLES))
    .where(_COLUMNS.created_at > bindparam("since", type_=_COLUMNS.created_at.type))
    .where(not_(one_of(_COLUMNS.status, ("withdrawn", "failed"))), _WAITS.is_not(True))
    .group_by(_COLUMNS.dealer_id, _COLUMNS.staff_id)
)


class Windows:
    """The windows that notices to staff have opened, those of notices about to be stored among them."""

    def __init__(self, opened: dict[PersonKey, datetime]) -> None:
        self._opened = opened

    def ends(self, request: NotificationRequest) -> datetime | None:
        """When the window ends that an earlier notice to this person has opened; None where none is open."""
        opened = self._opened.get(_person(request))
        return opened + WINDOW if opened and _can_wait(request) else None

    def open(self, request: NotificationRequest, at: datetime) -> None:
        """This notice goes on its own: the next ones to the same person wait for each other."""
        if _can_wait(request):
            self._opened.setdefault(_person(request), at)


async def load_windows(context: NotifierContext, requests: Collection[NotificationRequest]) -> Windows:
    """The windows of the people these obligations are to tell."""
    people = {_person(one) for one in requests if _can_wait(one)}
    if not people:
        return Windows({})
    rows = await _OPENED.rows(context.connection, {**unnest_keys(people), "since": context.now - WINDOW})
    return Windows({(row.dealer_id, row.staff_id): row.opened for row in rows})


def put_in_bundle(request: NotificationRequest) -> NotificationRequest:
    """The obligation as one that waits for others."""
    return replace(request, about={**request.about, "bundled": True})


async def gather_bundle(context: NotifierContext, row: RowMapping, request: NotificationRequest) -> NotificationRequest:
    """Let this notice carry all others that wait for the same person; they are told with it and go no other way."""
    if not request.about.get("bundled"):
        return request
    columns = notification.c
    query = select(notification).where(
        columns.dealer_id == row["dealer_id"],
        columns.staff_id == row["staff_id"],
        columns.status == "held",
        columns.scheduled_for <= context.now,
        columns.notification_id != row["notification_id"],
        _WAITS.is_(True),
    )
    # skipped when another release has them: then they carry themselves
    found = await context.connection.execute(query.order_by(columns.notification_id).with_for_update(skip_locked=True))
    waiting = found.mappings().all()
    carried = [one["notification_id"] for one in waiting if await is_relevant(context, request_from_row(one))]
    await _end(context, waiting, carried)
    return replace(request, about={**request.about, "carries": carried})


def _can_wait(request: NotificationRequest) -> bool:
    return request.notification_type.bundled and request.recipient.staff_id is not None


def _person(request: NotificationRequest) -> PersonKey:
    return request.dealer_id, request.recipient.staff_id or ""


async def _end(context: NotifierContext, waiting: Sequence[RowMapping], carried: Sequence[str]) -> None:
    closed = [one["notification_id"] for one in waiting if one["notification_id"] not in carried]
    await change_status(context, carried, "withdrawn", code=BUNDLED)
    await change_status(context, closed, "withdrawn", code="closed")
