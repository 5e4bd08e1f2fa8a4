"""What people do where no machine can: calls and letters as tasks, and customers nobody can reach."""

from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, insert, select, text, update

from notifier.context import Desk
from notifier.notifications.request import Obligation, obligation_of
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


async def start_send(desk: Desk, row: RowMapping) -> RowMapping:
    """Let the customer owner call or write: an attempt whose provider is a task."""
    obligation = obligation_of(row)
    manual = kind_of(row["channel"]).manual
    assert manual is not None, "a machine sends on this channel"
    asked = await _remind(desk, obligation, manual.entry, manual.mode, row["purpose"])
    number = row["attempt_count"] + 1
    await desk.connection.execute(
        insert(notification_attempt).values(
            attempt_id=new_id(),
            dealer_id=row["dealer_id"],
            notification_id=row["notification_id"],
            number=number,
            channel=row["channel"],
            provider=PROVIDER,
            provider_ref=asked.task_id,
            status="accepted",
            at=desk.now,
            real_at=desk.real,
        )
    )
    # what is said about a task stays with it
    about = row["task_id"] or asked.task_id
    given = {"task_id": about, "attempt_count": number, "next_attempt_real_at": None}
    (changed,) = await change_status(desk, [row["notification_id"]], "sent", **given)
    return changed


async def tell_unreachable(desk: Desk, obligation: Obligation) -> None:
    """Mark the customer, and ask the customer owner to find a way; one such task is open in a case."""
    who = (customer.c.dealer_id == obligation.dealer_id) & (customer.c.customer_id == obligation.recipient.customer_id)
    await desk.connection.execute(update(customer).where(who).values(unreachable=True))
    await _remind(desk, obligation, UNREACHABLE, "reach_customer", "unreachable", unreachable=True)


async def clear_unreachable(desk: Desk, dealer_id: str, customer_id: str | None) -> None:
    """The customer has been heard or spoken with."""
    who = (customer.c.dealer_id == dealer_id) & (customer.c.customer_id == customer_id)
    await desk.connection.execute(update(customer).where(who, customer.c.unreachable).values(unreachable=False))


async def sends_of_task(desk: Desk, task_id: str) -> list[tuple[str, str]]:
    """The notifications, each with its attempt, that wait for this task."""
    attempts = notification_attempt.c
    query = (
        select(attempts.notification_id, attempts.attempt_id)
        .join_from(notification_attempt, notification, attempts.notification_id == notification.c.notification_id)
        .where(attempts.provider == PROVIDER, attempts.provider_ref == task_id, attempts.status == "accepted")
        .where(notification.c.status == "sent")
        .order_by(attempts.notification_id)
    )
    return [(row.notification_id, row.attempt_id) for row in await desk.connection.execute(query)]


async def pass_on_sends(desk: Desk, task_id: str, successor: str) -> None:
    """Another role is to call or write: what waits for this task waits for the one that took its place."""
    for notification_id, attempt_id in await sends_of_task(desk, task_id):
        its = notification_attempt.c.attempt_id == attempt_id
        await desk.connection.execute(update(notification_attempt).where(its).values(provider_ref=successor))
        mine = (notification.c.notification_id == notification_id) & (notification.c.task_id == task_id)
        await desk.connection.execute(update(notification).where(mine).values(task_id=successor))


async def end_send(desk: Desk, attempt_id: str, status: str, code: str | None) -> None:
    """Note what the person's attempt came to."""
    mine = notification_attempt.c.attempt_id == attempt_id
    await desk.connection.execute(update(notification_attempt).where(mine).values(status=status, code=code))


async def call_off_send(desk: Desk, row: RowMapping, reason: str) -> None:
    """Call off the call or letter that a notification waits for."""
    for attempt_id, task_id in await _open_attempts(desk, row["notification_id"]):
        await end_send(desk, attempt_id, "perm_failed", reason)
        if not await sends_of_task(desk, task_id):
            await _call_off(desk, task.c.task_id == task_id, reason)


async def call_off_unreachable(desk: Desk, dealer_id: str, customer_id: str, reason: str) -> None:
    """Nobody needs to find a way to the customer any more."""
    mine = (task.c.dealer_id == dealer_id) & (task.c.customer_id == customer_id)
    await _call_off(desk, mine & (task.c.entry == UNREACHABLE), reason)


async def _call_off(desk: Desk, which: ColumnElement[bool], reason: str) -> None:
    query = select(task.c.task_id, task.c.dealer_id).where(which, text(OPEN_TASK)).order_by(task.c.task_id)
    for row in (await desk.connection.execute(query)).all():
        await call_off(desk.connection, row.dealer_id, row.task_id, reason, desk.now)


async def _open_attempts(desk: Desk, notification_id: str) -> list[tuple[str, str]]:
    """The attempts of a notification that are under way, each with its task."""
    attempts = notification_attempt.c
    mine = (attempts.notification_id == notification_id) & (attempts.provider == PROVIDER)
    query = select(attempts.attempt_id, attempts.provider_ref).where(mine, attempts.status == "accepted")
    return [(row.attempt_id, row.provider_ref) for row in await desk.connection.execute(query)]


async def _remind(desk: Desk, obligation: Obligation, entry: str, mode: str, matter: str, **told: bool) -> Task:
    owner = await _customer_owner(desk, obligation)
    role = owner.get("owner_role") or _DEFAULT_OWNER
    new = NewTask(
        dealer_id=obligation.dealer_id,
        customer_id=obligation.recipient.customer_id,
        case_id=obligation.case_id,
        event_id=obligation.about.get("event_id"),
        entry=entry,
        kind="reminder",
        mode=mode,
        matter=matter,
        from_role=role,
        to_role=role,
        packet={"topics": list(obligation.topics), "facts": {}, **told},
        prefer_staff=owner.get("owner_staff_id"),
    )
    return (await start(desk.connection, new, desk.now)).task


async def _customer_owner(desk: Desk, obligation: Obligation) -> Any:
    columns = journey_case.c
    query = select(columns.owner_role, columns.owner_staff_id).where(
        columns.dealer_id == obligation.dealer_id, columns.case_id == obligation.case_id
    )
    return (await desk.connection.execute(query)).mappings().one_or_none() or {}
