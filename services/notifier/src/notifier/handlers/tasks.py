"""Changes of tasks: offers made, taken back and declined; calls and letters that were carried out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.acknowledging import note_acknowledgement
from notifier.contacts import record_call
from notifier.means import Means
from notifier.notices import NOTICES
from notifier.notifications import change_status, load_for_update, withdraw
from notifier.obligations import Obligation, Recipient
from notifier.outcomes import give_up
from notifier.planning import meet
from notifier.reminders import clear_unreachable, end_send, sends_of_task
from shared.lifecycle import Task
from shared.messaging.bus import Record
from shared.tables import notification
from shared.task_rows import load_tasks

NOT_REACHED: Final = frozenset({"no_answer", "voicemail", "refused"})
"""Outcomes of a call or letter that are failure; with any other the person says it is done."""

_CARRIED_OUT: Final = frozenset({"spoke", "sent"})


async def hear_tasks(
    connection: AsyncConnection, means: Means, records: Sequence[Record], now: datetime, real: datetime
) -> None:
    """Tell people what these changes mean for them, and end the sends that were waiting for a task."""
    tasks = await load_tasks(connection, [record.data["task"]["task_id"] for record in records])
    for record in records:
        task = tasks.get(record.data["task"]["task_id"])
        if task is None:
            continue
        change = record.data["change"]
        await _take_back(connection, means, task, change, now, real)
        match change["action"]:
            case "offered":
                await _offer(connection, means, task, record.data["task"], now, real)
            case "declined":
                await _decline(connection, means, task, change, record, now, real)
            case "completed" | "cancelled":
                await _end_sends(connection, means, task, change, now, real)
            case "accepted" | "acknowledged" if task.case_id and change["by"]:
                await note_acknowledgement(connection, task.dealer_id, task.case_id, change["by"], task.task_id, now)


async def _offer(
    connection: AsyncConnection, means: Means, task: Task, told: dict[str, Any], now: datetime, real: datetime
) -> None:
    """Tell the person offered, while the offer stands."""
    person = told["offered_to"]
    if person is None or task.offered_to != person or task.status not in ("offered", "open"):
        return
    await meet(connection, means, _about(task, "OFFERED", person, task.task_id, task.offer.cycle), now, real)


async def _take_back(
    connection: AsyncConnection, means: Means, task: Task, change: dict[str, Any], now: datetime, real: datetime
) -> None:
    """An offer that others have ended: what was not said yet is not said, what was said is taken back."""
    person = change["before"]["offered_to"]
    if person is None or (change["action"] != "declined" and person == task.offered_to):
        return
    unsaid = (notification.c.message == "OFFERED") & (notification.c.task_id == task.task_id)
    unsaid &= (notification.c.staff_id == person) & (notification.c.created_at <= datetime.fromisoformat(change["at"]))
    await withdraw(connection, task.dealer_id, now, unsaid)
    if change["action"] == "declined" or change["by"] == person or not await _was_told(connection, task, person):
        return
    await meet(connection, means, _about(task, "WITHDRAWN", person, task.task_id, task.offer.cycle), now, real)


async def _was_told(connection: AsyncConnection, task: Task, person: str) -> bool:
    told = (notification.c.message == "OFFERED") & (notification.c.task_id == task.task_id)
    told &= (notification.c.staff_id == person) & notification.c.status.not_in(("withdrawn", "failed"))
    return bool(await connection.scalar(select(exists().where(told))))


async def _decline(
    connection: AsyncConnection,
    means: Means,
    task: Task,
    change: dict[str, Any],
    record: Record,
    now: datetime,
    real: datetime,
) -> None:
    """Tell the starter of a manual handoff."""
    by = change["by"] or change["before"]["offered_to"]
    if task.started_by is None or task.started_by == by:
        return
    about = {"by": by, "reason": change.get("reason")}
    await meet(connection, means, _about(task, "DECLINED", task.started_by, record.id, 1, about), now, real)


async def _end_sends(
    connection: AsyncConnection, means: Means, task: Task, change: dict[str, Any], now: datetime, real: datetime
) -> None:
    """A call or letter was carried out, tried in vain, or called off."""
    for notification_id, attempt_id in await sends_of_task(connection, task.task_id):
        row = await load_for_update(connection, notification_id)
        if row is None:
            continue
        if change["action"] == "cancelled":
            await end_send(connection, attempt_id, "perm_failed", "cancelled")
            await change_status(connection, [notification_id], "withdrawn", now, code="cancelled")
        elif change.get("outcome") in NOT_REACHED:
            await end_send(connection, attempt_id, "perm_failed", change["outcome"])
            await give_up(connection, means, row, change["outcome"], now, real)
        else:
            await end_send(connection, attempt_id, "delivered", change.get("outcome"))
            await change_status(connection, [notification_id], "delivered", now, code=change.get("outcome"))
            await clear_unreachable(connection, task.dealer_id, row["customer_id"])
            if change.get("outcome") in _CARRIED_OUT:
                await record_call(connection, row, change, now)


def _about(
    task: Task, notice: str, person: str, key: str, cycle: int, about: dict[str, Any] | None = None
) -> Obligation:
    return Obligation(
        dealer_id=task.dealer_id,
        notice=NOTICES[notice],
        recipient=Recipient(staff_id=person),
        key=key,
        cycle=cycle,
        task_id=task.task_id,
        case_id=task.case_id,
        topics=tuple(task.packet.get("topics") or ()),
        about={"customer_id": task.customer_id, **(about or {})},
    )
