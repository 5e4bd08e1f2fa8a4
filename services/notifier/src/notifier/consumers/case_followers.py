"""Changes of tasks whose case somebody follows, as the salesperson of record does while a problem is serious (T-45)."""

from collections.abc import Iterator
from typing import Any, Final

from notifier.context import NotifierContext
from notifier.notifications.request import NotificationRequest, Recipient
from notifier.notifications.types import NOTIFICATION_TYPES
from shared.calendar.availability import substitute_for
from shared.lifecycle import Task
from shared.messaging.bus import Record

ONLY_FOLLOWED: Final = ("created", "waiting", "resumed")
"""Changes that nobody but followers is told of."""


def is_followed(record: Record) -> bool:
    """Whether somebody follows the case of the task that changed."""
    return bool(record.data.get("followers"))


async def follower_notices(context: NotifierContext, record: Record, task: Task) -> list[NotificationRequest]:
    """Tell followers of a change of status, or who stands in for them while they are off or on leave.

    Nobody is told what they did, nor of an offer made to or taken from them, of which they hear in its own words. That
    a task was made is told where no offer was made with it.
    """
    if not is_followed(record):
        return []
    change, sent = record.data["change"], record.data["task"]
    if change["action"] == "created" and task.offered_to is not None:
        return []
    people = await context.people(record.dealer_id)
    reached = {
        member.staff_id: None
        for follower in record.data["followers"]
        if (member := substitute_for(follower, people, context.now)) is not None
    }
    known = {change["by"], change["before"]["offered_to"], sent["offered_to"]}
    return list(_requests(record, task, [staff_id for staff_id in reached if staff_id not in known]))


def _requests(record: Record, task: Task, people: list[str]) -> Iterator[NotificationRequest]:
    change: dict[str, Any] = record.data["change"]
    offered = record.data["task"]["offered_to"] if change["action"] == "offered" else None
    for staff_id in people:
        yield NotificationRequest(
            dealer_id=task.dealer_id,
            notification_type=NOTIFICATION_TYPES["CHANGED"],
            recipient=Recipient(staff_id=staff_id),
            key=record.id,
            task_id=task.task_id,
            case_id=task.case_id,
            topics=tuple(task.packet.get("topics") or ()),
            about={"customer_id": task.customer_id, "action": change["action"], "by": offered or change["by"]},
        )
