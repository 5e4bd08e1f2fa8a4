"""What people do where no machine can: calls and letters as tasks, and customers nobody can reach."""

from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, insert, select, text, update

from notifier.context import NotifierContext
from notifier.notifications.request import NotificationRequest, request_from_row
from notifier.notifications.store import change_status
from shared.channels.registry import kind_of
from shared.commands.change_task import call_off
from shared.commands.create_task import NewTask, start
from shared.db.schema import OPEN_TASK, customer, journey_case, notification, notification_attempt, task
from shared.ids import new_id
from shared.lifecycle import Task

PROVIDER: Final = "task"
"""The provider of an attempt that a person makes; its reference is the task."""

UNREACHABLE: Final = "UNREACHABLE"
"""The entry of the task to find a way to a customer whom no channel reaches."""

_DEFAULT_OWNER: Final = "client_experience_specialist"


async def start_send(context: NotifierContext, row: RowMapping) -> RowMapping:
    """Let the customer owner call or write: an attempt whose provider is a task."""
    request = request_from_row(row)
    manual = kind_of(row["channel"]).manual
    assert manual is not None, "a machine sends on this channel"
    asked = await _remind(context, request, manual.entry, manual.mode, row["purpose"])
    number = row["attempt_count"] + 1
    await context.connection.execute(
        insert(notification_attempt).values(
            attempt_id=new_id(),
            dealer_id=row["dealer_id"],
            notification_id=row["notification_id"],
            number=number,
            channel=row["channel"],
            provider=PROVIDER,
            provider_ref=asked.task_id,
            status="accepted",
            at=context.now,
            wall_clock_at=context.real,
        )
    )
    # what is said about a task stays with it
    about = row["task_id"] or asked.task_id
    given = {"task_id": about, "attempt_count": number, "next_attempt_wall_clock_at": None}
    (changed,) = await change_status(context, [row["notification_id"]], "sent", **given)
    return changed


async def create_unreachable_task(context: NotifierContext, request: NotificationRequest) -> None:
    """Mark the customer, and ask the customer owner to find a way; one such task is open in a case."""
    who = (customer.c.dealer_id == request.dealer_id) & (customer.c.customer_id == request.recipient.customer_id)
    await context.connection.execute(update(customer).where(who).values(unreachable=True))
    await _remind(context, request, UNREACHABLE, "reach_customer", "unreachable", unreachable=True)


async def clear_unreachable(context: NotifierContext, dealer_id: str, customer_id: str | None) -> None:
    """The customer has been heard or spoken with."""
    who = (customer.c.dealer_id == dealer_id) & (customer.c.customer_id == customer_id)
    await context.connection.execute(update(customer).where(who, customer.c.unreachable).values(unreachable=False))


async def sends_of_task(context: NotifierContext, task_id: str) -> list[tuple[str, str]]:
    """The notifications, each with its attempt, that wait for this task."""
    attempts = notification_attempt.c
    query = (
        select(attempts.notification_id, attempts.attempt_id)
        .join_from(notification_attempt, notification, attempts.notification_id == notification.c.notification_id)
        .where(attempts.provider == PROVIDER, attempts.provider_ref == task_id, attempts.status == "accepted")
        .where(notification.c.status == "sent")
        .order_by(attempts.notification_id)
    )
    return [(row.notification_id, row.attempt_id) for row in await context.connection.execute(query)]


async def pass_on_sends(context: NotifierContext, task_id: str, successor: str) -> None:
    """Another role is to call or write: what waits for this task waits for the one that took its place."""
    for notification_id, attempt_id in await sends_of_task(context, task_id):
        its = notification_attempt.c.attempt_id == attempt_id
        await context.connection.execute(update(notification_attempt).where(its).values(provider_ref=successor))
        mine = (notification.c.notification_id == notification_id) & (notification.c.task_id == task_id)
        await context.connection.execute(update(notification).where(mine).values(task_id=successor))


async def end_send(context: NotifierContext, attempt_id: str, status: str, code: str | None) -> None:
    """Note what the person's attempt came to."""
    mine = notification_attempt.c.attempt_id == attempt_id
    await context.connection.execute(update(notification_attempt).where(mine).values(status=status, code=code))


async def call_off_send(context: NotifierContext, row: RowMapping, reason: str) -> None:
    """Call off the call or letter that a notification waits for."""
    for attempt_id, task_id in await _open_attempts(context, row["notification_id"]):
        await end_send(context, attempt_id, "perm_failed", reason)
        if not await sends_of_task(context, task_id):
            await _call_off(context, task.c.task_id == task_id, reason)


async def call_off_unreachable(context: NotifierContext, dealer_id: str, customer_id: str, reason: str) -> None:
    """Nobody needs to find a way to the customer any more."""
    mine = (task.c.dealer_id == dealer_id) & (task.c.customer_id == customer_id)
    await _call_off(context, mine & (task.c.entry == UNREACHABLE), reason)


async def _call_off(context: NotifierContext, which: ColumnElement[bool], reason: str) -> None:
    query = select(task.c.task_id, task.c.dealer_id).where(which, text(OPEN_TASK)).order_by(task.c.task_id)
    for row in (await context.connection.execute(query)).all():
        await call_off(context.connection, context.config.playbook, row.dealer_id, row.task_id, reason, context.now)


async def _open_attempts(context: NotifierContext, notification_id: str) -> list[tuple[str, str]]:
    """The attempts of a notification that are under way, each with its task."""
    attempts = notification_attempt.c
    mine = (attempts.notification_id == notification_id) & (attempts.provider == PROVIDER)
    query = select(attempts.attempt_id, attempts.provider_ref).where(mine, attempts.status == "accepted")
    return [(row.attempt_id, row.provider_ref) for row in await context.connection.execute(query)]


async def _remind(
    context: NotifierContext, request: NotificationRequest, entry: str, mode: str, matter: str, **flags: bool
) -> Task:
    owner = await _customer_owner(context, request)
    role = owner.get("owner_role") or _DEFAULT_OWNER
    new = NewTask(
        dealer_id=request.dealer_id,
        customer_id=request.recipient.customer_id,
        case_id=request.case_id,
        event_id=request.about.get("event_id"),
        entry=entry,
        kind="reminder",
        mode=mode,
        matter=matter,
        from_role=role,
        to_role=role,
        packet={"topics": list(request.topics), "facts": {}, **flags},
        prefer_staff=owner.get("owner_staff_id"),
    )
    return (await start(context.connection, context.config.playbook, new, context.now)).task


async def _customer_owner(context: NotifierContext, request: NotificationRequest) -> Any:
    columns = journey_case.c
    query = select(columns.owner_role, columns.owner_staff_id).where(
        columns.dealer_id == request.dealer_id, columns.case_id == request.case_id
    )
    return (await context.connection.execute(query)).mappings().one_or_none() or {}
