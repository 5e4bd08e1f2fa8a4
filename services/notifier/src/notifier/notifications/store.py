"""The store of notifications: rows, their status, and the record every change of status appends."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, and_, func, select, update

from notifier.context import NotifierContext
from shared.db.schema import notification, routing
from shared.messaging import outbox
from shared.messaging.notification_events import RECORDED, notification_record
from shared.messaging.postgres.pg_notify import SENDERS, notify
from shared.process.telemetry import notifications_total

UNSENT: Final = ("queued", "held")
"""Not with a provider: can still be taken back."""

_PERHAPS_UNSENT: Final = ("withdrawn", "failed")
"""How it may end before anybody has begun to send it, who would have stored its case."""

_KNOWN_CASE: Final = func.coalesce(
    notification.c.case_id,
    select(routing.c.case_id)
    .where(routing.c.event_id == notification.c.params["about"]["event_id"].as_string())
    .scalar_subquery(),
)
"""The case of a notification: its own, else that of its event, which may have been routed since it was planned."""


async def load_for_update(context: NotifierContext, notification_id: str) -> RowMapping | None:
    """The row, locked until the transaction ends."""
    return (await load_all_for_update(context, [notification_id])).get(notification_id)


async def load_all_for_update(context: NotifierContext, ids: Sequence[str]) -> dict[str, RowMapping]:
    """The rows that are there, by id, locked until the transaction ends."""
    query = select(notification).where(notification.c.notification_id.in_(sorted(ids)))
    rows = await context.connection.execute(query.order_by(notification.c.notification_id).with_for_update())
    return {row["notification_id"]: row for row in rows.mappings()}


async def change_status(
    context: NotifierContext, ids: Sequence[str], status: str, **values: Any
) -> Sequence[RowMapping]:
    """Give these rows a status, and tell of it; answers the rows as they now are."""
    if not ids:
        return []
    return await _change(context, notification.c.notification_id.in_(ids), status, **values)


async def queue_again(context: NotifierContext, notification_id: str, code: str | None, at: datetime) -> None:
    """Let it wait for another attempt at this real instant; it was told of as queued before."""
    mine = notification.c.notification_id == notification_id
    again = {"status": "queued", "code": code, "next_attempt_wall_clock_at": at, "updated_at": context.now}
    await context.connection.execute(update(notification).where(mine).values(again))
    if at <= context.real:
        await notify(context.connection, SENDERS)


async def withdraw(context: NotifierContext, dealer_id: str, *where: ColumnElement[bool], code: str = "closed") -> int:
    """Take back what no provider has yet and what has lost its reason; answers how many.

    What waits for another attempt is taken back too.
    """
    mine = and_(notification.c.dealer_id == dealer_id, notification.c.status.in_(UNSENT), *where)
    return len(await _change(context, mine, "withdrawn", code=code, next_attempt_wall_clock_at=None))


async def announce(context: NotifierContext, rows: Iterable[RowMapping]) -> None:
    """Append the record of each row's present status, where it has one; at the end where the context gathers them."""
    if context.pending_events is None:
        await _publish(context, rows)
    else:
        context.pending_events.extend(rows)


async def publish_pending(context: NotifierContext) -> None:
    """Append the records of what the context has gathered."""
    rows, context.pending_events = context.pending_events or (), None
    await _publish(context, rows)


async def _publish(context: NotifierContext, rows: Iterable[RowMapping]) -> None:
    recorded = [row for row in rows if row["status"] in RECORDED]
    for row in recorded:
        _count(row["dealer_id"], row["channel"] or "none", row["status"])
    await outbox.append(context.connection, [notification_record(row, context.now) for row in recorded])
    if any(row["status"] == "queued" for row in recorded):
        await notify(context.connection, SENDERS)


def _count(dealer_id: str, channel: str, status: str) -> None:
    """Count the message; the other outcomes of the channel are shown at zero from the first message on."""
    for result in RECORDED:
        notifications_total.labels(dealer_id, channel, result).inc(result == status)


async def _change(
    context: NotifierContext, where: ColumnElement[bool], status: str, **values: Any
) -> Sequence[RowMapping]:
    known = {"case_id": _KNOWN_CASE} if status in _PERHAPS_UNSENT else {}
    statement = update(notification).where(where).values(status=status, updated_at=context.now, **known, **values)
    rows: Sequence[RowMapping] = (await context.connection.execute(statement.returning(notification))).mappings().all()
    await announce(context, rows)
    return rows
