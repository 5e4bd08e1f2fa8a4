"""What a message that reached a customer is to promises: the news of a move, or a day that was named to her."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from notifier.context import NotifierContext
from notifier.notifications.request import NotificationRequest
from shared.calendar.open_intervals import opening_instant
from shared.cases.store import Case, load_case
from shared.commands.change_promise import move_within, note_told
from shared.commands.give_promise import NewPromise, give_within
from shared.db.schema import customer_order
from shared.db.schema import promise as promise_table
from shared.languages.registry import choose_language, text_of
from shared.people.contact_hours import zone_of
from shared.promises.store import hold_promises
from shared.promises.transitions import state_at
from shared.promises.types import Promise
from shared.promises.unit_of_work import PromiseChanges

_COLUMNS: Final = promise_table.c


async def note_reached(context: NotifierContext, request: NotificationRequest) -> None:
    """Note what the customer knows now: of a DATE the move it tells of, of a PARTS the day it names.

    The caller holds the customer's lock.
    """
    match request.notification_type.name:
        case "DATE":
            await note_told(context.connection, {request.about["promise_id"]: context.now}, context.now)
        case "PARTS" if request.about.get("expected_on"):
            await _promise_day(context, request, date.fromisoformat(request.about["expected_on"]))


async def _promise_day(context: NotifierContext, request: NotificationRequest, day: date) -> None:
    """Promise the parts for the end of the day in the customer's zone, once; another day moves what was promised.

    Nothing where an order's promise stands for them (`timers 5.8`), where the day is over or the case is closed.
    """
    customer_id = request.recipient.customer_id or ""
    case = await load_case(context.connection, request.dealer_id, request.case_id or "")
    dealer = await context.dealer(request.dealer_id)
    profiles = await context.customers({(request.dealer_id, customer_id)})
    zone = zone_of(profiles.get((request.dealer_id, customer_id), {}), dealer)
    due_at = opening_instant(zone, day + timedelta(days=1), 0) - timedelta(seconds=1)
    if case is None or not case.is_open or due_at <= context.now:
        return
    held = await _open_promises(context, request.dealer_id, customer_id)
    if await _stands(context, held, case):
        return
    changes = PromiseChanges(context.connection, context.now)
    named = next((one for one in held if one.origin == "parts" and one.case_id == case.case_id), None)
    if named is None:
        await give_within(changes, _new(case, dealer, due_at, customer_id), case)
    elif due_at != named.due_at:
        move_within(changes, named, due_at, context.now, told_at=context.now)
    await changes.publish()


async def _open_promises(context: NotifierContext, dealer_id: str, customer_id: str) -> list[Promise]:
    of_customer = (_COLUMNS.dealer_id == dealer_id, _COLUMNS.customer_id == customer_id, _COLUMNS.state == "open")
    held = await hold_promises(context.connection, *of_customer)
    return [one for one in held if state_at(one, context.now) == "open"]


async def _stands(context: NotifierContext, held: list[Promise], case: Case) -> bool:
    """Whether an order's promise stands for the parts: one of the case, or of an order of parts."""
    of_orders = [one for one in held if one.origin == "order"]
    if any(one.case_id == case.case_id for one in of_orders):
        return True
    query = select(customer_order.c.order_id).where(
        customer_order.c.dealer_id == case.dealer_id,
        customer_order.c.order_id.in_([one.order_id for one in of_orders]),
        customer_order.c.record["kind"].astext == "parts",
    )
    return (await context.connection.execute(query.limit(1))).first() is not None


def _new(case: Case, dealer: Mapping[str, Any], due_at: datetime, customer_id: str) -> NewPromise:
    return NewPromise(
        dealer_id=case.dealer_id,
        customer_id=customer_id,
        kind="date",
        text=text_of("promises", "parts", choose_language(None, dealer)),
        due_at=due_at,
        origin="parts",
    )
