"""What changes of tasks make due: the end of a wait, and a look at the queues when one grows or somebody has room."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.lifecycle import Change, Task
from shared.sla.store.due_subjects import DueSubject, schedule, unschedule

TaskKey = tuple[str, str]
"""Dealer and task."""


async def schedule_changes(
    connection: AsyncConnection, changes: Sequence[Change], with_room: Collection[TaskKey], now: datetime
) -> None:
    """Write what the changes make due, in the transaction that stores them; most make nothing due and cost nothing.

    `with_room`: tasks that left somebody who could be offered nothing more.
    """
    spans = list(_spans(changes))
    begun = [wait for before, after in spans if (wait := _wait(before, after)) is not None]
    queued = [after for before, after in spans if _in_queue(after) and (before is None or not _in_queue(before))]
    looks = [_look(task, now) for task in queued]
    looks += [_look(after, now) for _, after in spans if (after.dealer_id, after.task_id) in with_room]
    await schedule(connection, {(one.kind, one.subject_id, one.cause): one for one in (*begun, *looks)}.values(), now)
    await unschedule(connection, "wait", [_key(after) for before, after in spans if _has_ended_wait(before, after)])


def _spans(changes: Iterable[Change]) -> Iterator[tuple[Task | None, Task]]:
    """Each task as the transaction found it, None for one made in it, and as it leaves it."""
    first: dict[str, Task | None] = {}
    last: dict[str, Task] = {}
    for change in changes:
        first.setdefault(change.task.task_id, None if change.action == "created" else change.before)
        last[change.task.task_id] = change.task
    return ((first[task_id], task) for task_id, task in last.items())


def _wait(before: Task | None, after: Task) -> DueSubject | None:
    """The end of a wait that has begun, or that ends at another time."""
    until = after.waiting_until if after.status == "waiting" else None
    if until is None or (before is not None and before.status == "waiting" and before.waiting_until == until):
        return None
    return DueSubject("wait", after.dealer_id, after.task_id, until, after.customer_id)


def _has_ended_wait(before: Task | None, after: Task) -> bool:
    return before is not None and before.status == "waiting" != after.status


def _in_queue(task: Task) -> bool:
    return task.status == "offered" and task.offered_to is None


def _look(task: Task, now: datetime) -> DueSubject:
    """A look at the dealer's queues, at once. Its row is the task's own: transactions do not wait for each other."""
    return DueSubject("queue", task.dealer_id, task.to_role, now, cause=task.task_id)


def _key(task: Task) -> TaskKey:
    return task.dealer_id, task.task_id
