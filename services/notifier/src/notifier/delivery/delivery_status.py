"""What a provider says of an attempt after it took it: the newest word counts, whatever order it comes in."""

from typing import Any, Final

from sqlalchemy import RowMapping, select, update

from notifier.channels.channel import Known
from notifier.context import Desk
from notifier.dispatch.delivery_timeouts import delivery_timeout
from notifier.dispatch.outcomes import close_address, give_up, land, succeed
from notifier.followup.fallback_chain import end_chain
from notifier.followup.manual_sends import clear_unreachable
from notifier.notifications.request import obligation_of
from notifier.notifications.store import queue_again
from shared.channels.registry import kind_of
from shared.db.schema import notification_attempt
from shared.people.suppressions import STOPPED_CODE

_RANK: Final = {"accepted": 1, "perm_failed": 2, "delivered": 3, "read": 4}
_WAITING: Final = ("queued", "sending", "unknown")
_PENDING: Final = (*_WAITING, "sent")


def is_news(channel: str, before: str, said: Known) -> bool:
    """Whether a word about an attempt counts: accepted, delivered, read in this order, and a failure ends it.

    A failure after the delivery is stale, save where acceptance was all there was to call delivery, as with a bounce;
    a delivery after the failure is stale too, but nobody reads what has not come.
    """
    if said == "perm_failed" and before == "delivered":
        return delivery_timeout(channel) is None
    if before == "perm_failed":
        return said == "read"
    return _RANK[said] > _RANK.get(before, 0)


async def note_word(desk: Desk, row: RowMapping, attempt_id: str, said: Known, code: str | None) -> bool:
    """Apply a provider's word on an attempt of a notification, locked by the caller with its customer.

    False for what is stale, repeated, or about an attempt the notification does not have.
    """
    attempt = await _attempt(desk, row, attempt_id)
    if attempt is None or not is_news(row["channel"], attempt["status"], said):
        return False
    mine = notification_attempt.c.attempt_id == attempt_id
    await desk.connection.execute(update(notification_attempt).where(mine).values(status=said, code=code))
    if said != "perm_failed":
        await _rise(desk, row, attempt, said, code)
    elif attempt["number"] == row["attempt_count"]:
        await _fall(desk, row, code)
    return True


async def _attempt(desk: Desk, row: RowMapping, attempt_id: str) -> RowMapping | None:
    columns = notification_attempt.c
    mine = (columns.attempt_id == attempt_id) & (columns.notification_id == row["notification_id"])
    found: RowMapping | None = (
        (await desk.connection.execute(select(notification_attempt).where(mine).with_for_update()))
        .mappings()
        .one_or_none()
    )
    return found


async def _rise(desk: Desk, row: RowMapping, attempt: RowMapping, said: Known, code: str | None) -> None:
    """It got further. What was given up already stays so; a reading proves contact all the same."""
    current = attempt["number"] == row["attempt_count"]
    if row["status"] in _WAITING and (current or row["status"] != "sending"):
        await succeed(desk, [row], said, code)
    elif row["status"] in ("sent", "delivered") and said != "accepted":
        await land(desk, [row], said)
    if said == "read":
        await end_chain(desk, obligation_of(row))
        await clear_unreachable(desk, row["dealer_id"], row["customer_id"])


async def _fall(desk: Desk, row: RowMapping, code: str | None) -> None:
    """The channel has failed after all. Free words that came too late for the window are sent as a template."""
    if code == STOPPED_CODE:
        await close_address(desk, row, "stop")
    bounced = row["status"] == "delivered" and delivery_timeout(row["channel"]) is None
    if row["status"] not in _PENDING and not bounced:
        return
    session = kind_of(row["channel"]).session
    if session is not None and code == session.closed_code and not await _told_before(desk, row, code):
        await queue_again(desk, row["notification_id"], code, desk.real)
        return
    await give_up(desk, row, code)


async def _told_before(desk: Desk, row: RowMapping, code: str) -> bool:
    columns = notification_attempt.c
    mine = (columns.notification_id == row["notification_id"]) & (columns.code == code)
    found: list[Any] = list(await desk.connection.scalars(select(columns.attempt_id).where(mine)))
    return len(found) > 1
