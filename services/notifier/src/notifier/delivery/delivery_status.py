"""What a provider says of an attempt after it took it: the newest word counts, whatever order it comes in."""

from typing import Any, Final

from sqlalchemy import RowMapping, select, update

from notifier.channels.channel import DeliveryStatus
from notifier.context import NotifierContext
from notifier.dispatch.delivery_timeouts import delivery_timeout
from notifier.dispatch.outcomes import mark_delivered, mark_exhausted, mark_sent, suppress_address
from notifier.followup.fallback_chain import cancel_remaining_channels
from notifier.followup.manual_sends import clear_unreachable
from notifier.notifications.request import request_from_row
from notifier.notifications.store import queue_again
from shared.channels.registry import kind_of
from shared.db.schema import notification_attempt
from shared.people.suppressions import STOPPED_CODE

_RANK: Final = {"accepted": 1, "perm_failed": 2, "delivered": 3, "read": 4}
_WAITING: Final = ("queued", "sending", "unknown")
_PENDING: Final = (*_WAITING, "sent")


def is_newer(channel: str, before: str, status: DeliveryStatus) -> bool:
    """Whether a word about an attempt counts: accepted, delivered, read in this order, and a failure ends it.

    A failure after the delivery is stale, save where acceptance was all there was to call delivery, as with a bounce;
    a delivery after the failure is stale too, but nobody reads what has not come.
    """
    if status == "perm_failed" and before == "delivered":
        return delivery_timeout(channel) is None
    if before == "perm_failed":
        return status == "read"
    return _RANK[status] > _RANK.get(before, 0)


async def apply_status(
    context: NotifierContext, row: RowMapping, attempt_id: str, status: DeliveryStatus, code: str | None
) -> bool:
    """Apply a provider's word on an attempt of a notification, locked by the caller with its customer.

    False for what is stale, repeated, or about an attempt the notification does not have.
    """
    attempt = await _attempt(context, row, attempt_id)
    if attempt is None or not is_newer(row["channel"], attempt["status"], status):
        return False
    mine = notification_attempt.c.attempt_id == attempt_id
    await context.connection.execute(update(notification_attempt).where(mine).values(status=status, code=code))
    if status != "perm_failed":
        await _upgrade(context, row, attempt, status, code)
    elif attempt["number"] == row["attempt_count"]:
        await _downgrade(context, row, code)
    return True


async def _attempt(context: NotifierContext, row: RowMapping, attempt_id: str) -> RowMapping | None:
    columns = notification_attempt.c
    mine = (columns.attempt_id == attempt_id) & (columns.notification_id == row["notification_id"])
    found: RowMapping | None = (
        (await context.connection.execute(select(notification_attempt).where(mine).with_for_update()))
        .mappings()
        .one_or_none()
    )
    return found


async def _upgrade(
    context: NotifierContext, row: RowMapping, attempt: RowMapping, status: DeliveryStatus, code: str | None
) -> None:
    """It got further. What was given up already stays so; a reading proves contact all the same."""
    current = attempt["number"] == row["attempt_count"]
    if row["status"] in _WAITING and (current or row["status"] != "sending"):
        await mark_sent(context, [row], status, code)
    elif row["status"] in ("sent", "delivered") and status != "accepted":
        await mark_delivered(context, [row], status)
    if status == "read":
        await cancel_remaining_channels(context, request_from_row(row))
        await clear_unreachable(context, row["dealer_id"], row["customer_id"])


async def _downgrade(context: NotifierContext, row: RowMapping, code: str | None) -> None:
    """The channel has failed after all. Free words that came too late for the window are sent as a template."""
    if code == STOPPED_CODE:
        await suppress_address(context, row, "stop")
    bounced = row["status"] == "delivered" and delivery_timeout(row["channel"]) is None
    if row["status"] not in _PENDING and not bounced:
        return
    session = kind_of(row["channel"]).session
    if session is not None and code == session.closed_code and not await _was_outside_window_before(context, row, code):
        await queue_again(context, row["notification_id"], code, context.real)
        return
    await mark_exhausted(context, row, code)


async def _was_outside_window_before(context: NotifierContext, row: RowMapping, code: str) -> bool:
    columns = notification_attempt.c
    mine = (columns.notification_id == row["notification_id"]) & (columns.code == code)
    found: list[Any] = list(await context.connection.scalars(select(columns.attempt_id).where(mine)))
    return len(found) > 1
