"""Changes of tasks: offers made, taken back and declined; calls and letters that were carried out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, exists, select

from notifier.consumers.breach_acknowledgement import note_acknowledgement
from notifier.consumers.case_followers import follower_notices
from notifier.context import NotifierContext
from notifier.dispatch.outcomes import mark_exhausted
from notifier.followup.contact_log import record_call
from notifier.followup.fallback_chain import cancel_remaining_channels, confirm_contact
from notifier.followup.manual_sends import UNREACHABLE, clear_unreachable, end_send, pass_on_sends, sends_of_task
from notifier.notifications.request import NotificationRequest, Recipient, request_from_row
from notifier.notifications.store import change_status, load_for_update, withdraw
from notifier.notifications.types import NOTIFICATION_TYPES
from notifier.planning.planner import request_notifications
from shared.channels.registry import kind_of
from shared.db.schema import notification
from shared.lifecycle import Task
from shared.messaging.bus import Record
from shared.sla.fact_view import NOT_REACHED
from shared.tasks.store import load_tasks

_REACHED: Final = frozenset({"done", "customer_answered"})
_CARRIED_OUT: Final = frozenset({"spoke", "sent"})


async def on_task_events(context: NotifierContext, records: Sequence[Record]) -> None:
    """Tell people what these changes mean for them, and end the sends that were waiting for a task."""
    tasks = await load_tasks(context.connection, [record.data["task"]["task_id"] for record in records])
    requests: list[NotificationRequest] = []
    for record in records:
        task = tasks.get(record.data["task"]["task_id"])
        if task is None:
            continue
        change = record.data["change"]
        person = _lost_by(task, change)
        if person is not None:
            # what is taken back may be owed by this very batch
            await request_notifications(context, requests)
            requests = await _take_back(context, task, change, person)
        match change["action"]:
            case "offered":
                requests += _offer(task, record.data["task"])
            case "declined":
                requests += _decline(task, change, record)
            case "completed" | "cancelled":
                await _end_sends(context, task, change)
            case "reassigned" if successor := task.chain.get("reassigned_to"):
                await pass_on_sends(context, task.task_id, successor)
            case "accepted" | "acknowledged" if task.case_id and change["by"]:
                await note_acknowledgement(context, task.dealer_id, task.case_id, change["by"], task.task_id)
        requests += await follower_notices(context, record, task)
    await request_notifications(context, requests)


def _offer(task: Task, sent: dict[str, Any]) -> list[NotificationRequest]:
    """Tell the person offered, while the offer stands."""
    person = sent["offered_to"]
    if person is None or task.offered_to != person or task.status not in ("offered", "open"):
        return []
    return [_about(task, "OFFERED", person, task.task_id, task.offer.cycle)]


def _lost_by(task: Task, change: dict[str, Any]) -> str | None:
    """Who was offered the task before the change and is not any more."""
    person: str | None = change["before"]["offered_to"]
    return None if change["action"] != "declined" and person == task.offered_to else person


async def _take_back(
    context: NotifierContext, task: Task, change: dict[str, Any], person: str
) -> list[NotificationRequest]:
    """An offer that others have ended: what was not said yet is not said, what was said is taken back."""
    unsent = (notification.c.message == "OFFERED") & (notification.c.task_id == task.task_id)
    unsent &= (notification.c.staff_id == person) & (notification.c.created_at <= datetime.fromisoformat(change["at"]))
    await withdraw(context, task.dealer_id, unsent)
    if change["action"] == "declined" or change["by"] == person or not await _was_notified(context, task, person):
        return []
    return [_about(task, "WITHDRAWN", person, task.task_id, task.offer.cycle)]


async def _was_notified(context: NotifierContext, task: Task, person: str) -> bool:
    sent = (notification.c.message == "OFFERED") & (notification.c.task_id == task.task_id)
    sent &= (notification.c.staff_id == person) & notification.c.status.not_in(("withdrawn", "failed"))
    return bool(await context.connection.scalar(select(exists().where(sent))))


def _decline(task: Task, change: dict[str, Any], record: Record) -> list[NotificationRequest]:
    """Tell the starter of a manual handoff."""
    by = change["by"] or change["before"]["offered_to"]
    if task.started_by is None or task.started_by == by:
        return []
    about = {"by": by, "reason": change.get("reason")}
    return [_about(task, "DECLINED", task.started_by, record.id, 1, about)]


async def _end_sends(context: NotifierContext, task: Task, change: dict[str, Any]) -> None:
    """A call or letter was carried out, tried in vain, or called off; a customer out of reach was reached."""
    if task.entry == UNREACHABLE and change["action"] == "completed" and change.get("outcome") in _REACHED:
        await confirm_contact(context, task.dealer_id, task.customer_id or "", task.case_id, context.now)
    for notification_id, attempt_id in await sends_of_task(context, task.task_id):
        row = await load_for_update(context, notification_id)
        if row is None:
            continue
        if change["action"] == "cancelled":
            await end_send(context, attempt_id, "perm_failed", "cancelled")
            await change_status(context, [notification_id], "withdrawn", code="cancelled")
        elif change.get("outcome") in NOT_REACHED:
            await end_send(context, attempt_id, "perm_failed", change["outcome"])
            await mark_exhausted(context, row, change["outcome"])
        else:
            await end_send(context, attempt_id, "delivered", change.get("outcome"))
            await change_status(context, [notification_id], "delivered", code=change.get("outcome"))
            await _cancel_remaining_channels(context, row)
            if change.get("outcome") in _CARRIED_OUT:
                await record_call(context, row, change)


async def _cancel_remaining_channels(context: NotifierContext, row: RowMapping) -> None:
    """The customer has it. A letter that was sent proves no contact, and that is what `unreachable` is about."""
    await cancel_remaining_channels(context, request_from_row(row))
    if kind_of(row["channel"]).spoken:
        await clear_unreachable(context, row["dealer_id"], row["customer_id"])


def _about(
    task: Task, notification_type: str, person: str, key: str, cycle: int, about: dict[str, Any] | None = None
) -> NotificationRequest:
    return NotificationRequest(
        dealer_id=task.dealer_id,
        notification_type=NOTIFICATION_TYPES[notification_type],
        recipient=Recipient(staff_id=person),
        key=key,
        cycle=cycle,
        task_id=task.task_id,
        case_id=task.case_id,
        topics=tuple(task.packet.get("topics") or ()),
        about={"customer_id": task.customer_id, **(about or {})},
    )
