"""Promises made and changed as a body asks, for routes and pages alike."""

from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.problems import Problem, invalid
from journey_api.promises.requests import FARTHEST, BackedBy, PromiseActionBody, PromiseBody
from shared.cases.store import Case, load_case
from shared.commands.change_promise import Keeping, keep_within, move_within, withdraw_within
from shared.commands.give_promise import CaseClosed, NewPromise, give
from shared.db.schema import appointment, customer_order
from shared.people.merged_customers import lock_customer
from shared.promises.transitions import PromiseRefused
from shared.promises.types import Promise
from shared.promises.unit_of_work import PromiseChanges
from shared.sla.deadlines import whole
from shared.tasks.store import TaskNotFound, load_task

Action = Literal["keep", "move", "withdraw"]
AHEAD: Final = timedelta(minutes=5)
"""How far what happened may lie ahead of our clock."""
_ONLY: Final = {"new_due_at": "move", "customer_told_at": "move", "extra": "keep", "amount": "keep"}
"""The fields that belong to one action."""


async def make_promise(connection: AsyncConnection, body: PromiseBody, now: datetime) -> Promise:
    """Give a customer a promise; dealer and giver are known. Takes the customer's lock. Raises Problem 409, 422."""
    _check_date("/due_at", body.due_at, now)
    if (body.amount is None) != (body.currency is None):
        missing = "currency" if body.currency is None else "amount"
        raise invalid(f"/{missing}", "together", "An amount and its currency go together")
    customer_id = await lock_customer(connection, body.dealer_id, body.customer_id)
    body = body.model_copy(update={"customer_id": customer_id})
    case = await _find_case(connection, body)
    await _check_backing(connection, body)
    backed = body.backed_by or BackedBy.model_construct(order=None, appointment=None)
    given = body.model_dump(exclude={"case_id", "staff_id", "backed_by"})
    new = NewPromise(**given, given_by=body.staff_id, order_id=backed.order, appointment_id=backed.appointment)
    try:
        return await give(connection, new, case, now)
    except CaseClosed:
        raise Problem(409, "The case is closed; open it again first.", code="bad_state") from None


async def change_promise(
    connection: AsyncConnection,
    promise: Promise,
    action: Action,
    body: PromiseActionBody,
    by: str | None,
    now: datetime,
) -> Promise:
    """Keep, move or withdraw a promise this transaction holds; answers it. Raises Problem 409, 422."""
    _check_action(promise, action, body, now)
    changes = PromiseChanges(connection, now)
    try:
        changed = _apply(changes, promise, action, body, by)
    except PromiseRefused as refused:
        raise Problem(409, str(refused), code="bad_state") from refused
    await changes.publish()
    return changed


def _apply(
    changes: PromiseChanges, promise: Promise, action: Action, body: PromiseActionBody, by: str | None
) -> Promise:
    at = body.at or changes.now
    if action == "keep":
        how = Keeping(at=at, by=by, extra=body.extra, amount=body.amount, reason=body.reason)
        return keep_within(changes, promise, how)
    if action == "withdraw":
        return withdraw_within(changes, promise, at, by, body.reason)
    assert body.new_due_at is not None
    return move_within(changes, promise, body.new_due_at, at, by, reason=body.reason, told_at=body.customer_told_at)


def _check_action(promise: Promise, action: Action, body: PromiseActionBody, now: datetime) -> None:
    for name, owner in _ONLY.items():
        if owner != action and getattr(body, name) is not None:
            raise invalid(f"/{name}", "not_here", f"Only a {owner} has it")
    for name in ("at", "customer_told_at"):
        _check_past(f"/{name}", getattr(body, name), promise, now)
    if body.amount is not None and promise.amount is None:
        raise invalid("/amount", "not_here", "The promise names no amount")
    if action == "move":
        _check_new_date(promise, body, now)


def _check_new_date(promise: Promise, body: PromiseActionBody, now: datetime) -> None:
    if body.new_due_at is None:
        raise invalid("/new_due_at", "required", "A move names the new date")
    if promise.state == "open":
        _check_date("/new_due_at", body.new_due_at, max(now, body.at or now))
        if whole(body.new_due_at) == promise.due_at:
            raise invalid("/new_due_at", "already_so", "The promise has this date already")


def _check_past(pointer: str, at: datetime | None, promise: Promise, now: datetime) -> None:
    if at is not None and at - now > AHEAD:
        raise invalid(pointer, "ahead_of_clock", "More than 5 minutes ahead of our clock")
    if at is not None and whole(at) < promise.made_at:
        raise invalid(pointer, "too_early", "Before the promise was made")


def _check_date(pointer: str, due_at: datetime, now: datetime) -> None:
    if whole(due_at) <= whole(now):
        raise invalid(pointer, "past", "A promise is due in the future")
    if due_at >= FARTHEST:
        raise invalid(pointer, "too_late", f"A promise is due before {FARTHEST.year}")


async def _find_case(connection: AsyncConnection, body: PromiseBody) -> Case:
    """The case, which is the customer's, and the task's where one is named."""
    case = await load_case(connection, body.dealer_id, body.case_id)
    if case is None or case.customer_id != body.customer_id:
        raise invalid("/case_id", "unknown_id", "The customer has no such case")
    if body.task_id is not None:
        try:
            task = await load_task(connection, body.task_id)
        except TaskNotFound:
            raise invalid("/task_id", "unknown_id", "The case has no such task") from None
        if (task.dealer_id, task.case_id) != case.key:
            raise invalid("/task_id", "unknown_id", "The case has no such task")
    return case


async def _check_backing(connection: AsyncConnection, body: PromiseBody) -> None:
    """That the record behind it is the customer's."""
    if body.backed_by is None:
        return
    for name, table, column in (
        ("order", customer_order, customer_order.c.order_id),
        ("appointment", appointment, appointment.c.appointment_id),
    ):
        wanted = getattr(body.backed_by, name)
        if wanted is None:
            continue
        whose = select(table.c.customer_id).where(table.c.dealer_id == body.dealer_id, column == wanted)
        if await connection.scalar(whose) != body.customer_id:
            raise invalid(f"/backed_by/{name}", "unknown_id", f"The customer has no such {name}")
