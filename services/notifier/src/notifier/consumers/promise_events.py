"""Records of promises: a customer is told of another date, unless a person has told her."""

from collections.abc import Collection, Sequence
from typing import Final

from notifier.context import NotifierContext
from notifier.notifications.request import NotificationRequest, Recipient
from notifier.notifications.types import NOTIFICATION_TYPES
from notifier.planning.planner import request_notifications
from shared.db.schema import promise
from shared.messaging.bus import Record
from shared.promises.store import find_promises
from shared.promises.types import Promise

MOVED: Final = "handoff.promise.moved.v1"
MADE: Final = "handoff.promise.made.v1"


async def on_promise_events(context: NotifierContext, records: Sequence[Record]) -> None:
    """Tell customers of dates that were moved, or given anew after one was broken (`timers 5.5.8`)."""
    moved = [record.data["promise_id"] for record in records if record.type == MOVED]
    made = [record.data["promise_id"] for record in records if record.type == MADE]
    pairs = [*await _moves(context, moved), *await _given_anew(context, made)]
    await request_notifications(context, [_date_notice(was, becomes) for was, becomes in pairs])


def may_be_told(record: Record) -> bool:
    """Whether a customer may have to be told of it: a move that no person told of, a promise that an order begins."""
    data = record.data
    if record.type == MOVED:
        return data["customer_told_at"] is None
    return "order" in (data["backed_by"] or ()) and data["predecessor_id"] is None


async def _moves(context: NotifierContext, promise_ids: Collection[str]) -> list[tuple[Promise, Promise]]:
    """The promises that were moved without a word, each with its successor."""
    if not promise_ids:
        return []
    moved = await find_promises(context.connection, promise.c.promise_id.in_(promise_ids))
    silent = [one for one in moved if one.customer_told_at is None]
    found = await find_promises(context.connection, promise.c.promise_id.in_([one.successor_id for one in silent]))
    successors = {one.promise_id: one for one in found}
    return [(one, successors[one.successor_id]) for one in silent if one.successor_id in successors]


async def _given_anew(context: NotifierContext, promise_ids: Collection[str]) -> list[tuple[Promise, Promise]]:
    """The promises of orders whose last one to the same customer is broken, each after that one."""
    if not promise_ids:
        return []
    made = await find_promises(context.connection, promise.c.promise_id.in_(promise_ids))
    first = {_line(one): one for one in made if one.origin == "order" and not one.predecessor_id}
    broken = await find_promises(
        context.connection,
        promise.c.order_id.in_([one.order_id for one in first.values()]),
        promise.c.origin == "order",
        promise.c.state == "broken",
    )
    last = {_line(one): one for one in broken}
    return [(last[key], one) for key, one in first.items() if key in last]


def _line(one: Promise) -> tuple[str, str, str | None]:
    """Whom the promises of an order are given to: an order that goes to another customer begins another line."""
    return one.dealer_id, one.customer_id, one.order_id


def _date_notice(was: Promise, becomes: Promise) -> NotificationRequest:
    return NotificationRequest(
        dealer_id=was.dealer_id,
        notification_type=NOTIFICATION_TYPES["DATE"],
        recipient=Recipient(customer_id=was.customer_id),
        key=was.promise_id,
        case_id=was.case_id,
        deadline=was.due_at,
        about={
            "promise_id": was.promise_id,
            "successor_id": becomes.promise_id,
            "kind": was.kind,
            "was": was.due_at.isoformat(),
            "becomes": becomes.due_at.isoformat(),
        },
    )
