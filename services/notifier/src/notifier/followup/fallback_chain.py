"""The end of a chain: whoever was reached is not tried any further."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, RowMapping, and_, cast, exists, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB

from notifier.context import NotifierContext
from notifier.followup.manual_sends import UNREACHABLE, call_off_send, call_off_unreachable, clear_unreachable
from notifier.notifications.request import NotificationRequest, request_from_row
from notifier.notifications.store import UNSENT, change_status
from shared.channels.registry import manual_channels
from shared.db.schema import OPEN_TASK, customer, notification, task

REACHED: Final = "reached"
"""The code of what was called off because the recipient was reached."""

_COLUMNS: Final = notification.c
_ARRIVING: Final = ("sent", "unknown")
GOING_ON: Final = ("queued", "held", "sending", "sent", "unknown")
"""The statuses of what is being tried."""

_ENDED: Final = _COLUMNS.params["ended"].as_boolean()


async def is_reached(context: NotifierContext, request: NotificationRequest) -> bool:
    """Whether its recipient has been reached."""
    ended = exists().where(_of(request), or_(_ENDED.is_(True), _COLUMNS.status == "read"))
    return bool(await context.connection.scalar(select(ended)))


async def cancel_remaining_channels(context: NotifierContext, request: NotificationRequest) -> None:
    """Call off what is left of a chain: messages unsent, calls and letters not made, channels to come."""
    mark = _COLUMNS.params.op("||")(cast({"ended": True}, JSONB))
    values = {"params": mark, "delivery_deadline": None}
    statement = update(notification).where(_of(request)).values(values).returning(notification)
    rows = (await context.connection.execute(statement)).mappings().all()
    unsent = [row["notification_id"] for row in rows if row["status"] in UNSENT]
    await change_status(context, unsent, "withdrawn", code=REACHED, next_attempt_wall_clock_at=None)
    for row in rows:
        if row["status"] == "sent" and row["channel"] in manual_channels():
            await change_status(context, [row["notification_id"]], "withdrawn", code=REACHED)
            await call_off_send(context, row, REACHED)


async def confirm_contact(
    context: NotifierContext, dealer_id: str, customer_id: str, case_id: str | None, at: datetime
) -> None:
    """The customer was heard or spoken with at this instant: what was being tried before has reached its end.

    With a `case_id` only what concerns that case. A chain that has reached nobody yet goes on: what it has to say was
    not said. The caller holds the customer's lock.
    """
    await clear_unreachable(context, dealer_id, customer_id)
    await call_off_unreachable(context, dealer_id, customer_id, REACHED)
    for request in _begun(await _going_on(context, dealer_id, customer_id, at)):
        if case_id is None or request.case_id in (None, case_id):
            await cancel_remaining_channels(context, request)


async def being_tried(context: NotifierContext, customers: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these customers (dealer, customer) with a message under way, marked unreachable, or searched for."""
    if not customers:
        return set()
    begun = or_(_COLUMNS.status.in_(_ARRIVING), _COLUMNS.params["tried"] != cast([], JSONB))
    tried = select(_COLUMNS.dealer_id, _COLUMNS.customer_id).where(
        tuple_(_COLUMNS.dealer_id, _COLUMNS.customer_id).in_(customers), _COLUMNS.status.in_(GOING_ON), begun
    )
    marked = select(customer.c.dealer_id, customer.c.customer_id).where(
        tuple_(customer.c.dealer_id, customer.c.customer_id).in_(customers), customer.c.unreachable
    )
    searched = select(task.c.dealer_id, task.c.customer_id).where(
        tuple_(task.c.dealer_id, task.c.customer_id).in_(customers), task.c.entry == UNREACHABLE, text(OPEN_TASK)
    )
    found = await context.connection.execute(tried.union(marked, searched))
    return {(row.dealer_id, row.customer_id) for row in found}


async def _going_on(context: NotifierContext, dealer_id: str, customer_id: str, at: datetime) -> Sequence[RowMapping]:
    mine = and_(_COLUMNS.dealer_id == dealer_id, _COLUMNS.customer_id == customer_id, _COLUMNS.created_at <= at)
    query = select(notification).where(mine, _COLUMNS.status.in_(GOING_ON))
    return (await context.connection.execute(query.order_by(_COLUMNS.notification_id))).mappings().all()


def _begun(rows: Sequence[RowMapping]) -> list[NotificationRequest]:
    """Those of which something may have arrived, or which a channel has failed already; each once."""
    begun: dict[str, NotificationRequest] = {}
    for row in rows:
        request = request_from_row(row)
        if row["status"] in _ARRIVING or request.tried:
            begun.setdefault(request.name, request)
    return list(begun.values())


def _of(request: NotificationRequest) -> ColumnElement[bool]:
    """The notifications of an obligation, whichever channel they went by."""
    recipient = request.recipient
    return and_(
        _COLUMNS.dealer_id == request.dealer_id,
        _COLUMNS.customer_id.is_not_distinct_from(recipient.customer_id),
        _COLUMNS.staff_id.is_not_distinct_from(recipient.staff_id),
        _COLUMNS.message == request.notification_type.name,
        _COLUMNS.params["key"].as_string() == request.key,
        _COLUMNS.params["cycle"].as_integer() == request.cycle,
    )
