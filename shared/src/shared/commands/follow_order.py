"""The promise that an order with a date is: made, moved, kept and withdrawn as the order's record changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.store import Case, case_of
from shared.commands.change_promise import Keeping, keep_within, move_within, withdraw_within
from shared.commands.give_promise import NewPromise, give_within
from shared.db.schema import dealer, journey_case
from shared.db.schema import promise as promise_table
from shared.languages.registry import choose_language, text_of
from shared.promises import transitions
from shared.promises.order_dates import Order, new_date
from shared.promises.store import hold_promises
from shared.promises.transitions import state_at
from shared.promises.types import Promise
from shared.promises.unit_of_work import PromiseChanges
from shared.sla.deadlines import whole
from shared.vehicle_ids import vehicle_key

_COLUMNS: Final = promise_table.c


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChange:
    """An order's record before and after a change; None: there was none, or it was deleted."""

    dealer_id: str
    order_id: str
    before: Order | None
    after: Order | None


async def follow_order(connection: AsyncConnection, change: OrderChange, now: datetime) -> None:
    """Do to the order's promise what its record now says.

    The caller holds the locks of the customers it names, before and after.
    """
    own = await hold_promises(
        connection,
        _COLUMNS.dealer_id == change.dealer_id,
        _COLUMNS.order_id == change.order_id,
        _COLUMNS.origin == "order",
    )
    changes = PromiseChanges(connection, now)
    after = change.after
    ours = [one for one in own if after is not None and one.customer_id == after.customer_id]
    for one in own:
        if after is None or after.cancelled or one not in ours:
            _withdraw(changes, one)
        elif after.done:
            _keep(changes, one, after)
    if after is not None and not after.ended:
        await _give_date(changes, change, after, ours)
    await changes.publish()


def _withdraw(changes: PromiseChanges, one: Promise) -> None:
    state = state_at(one, changes.now)
    if state == "open":
        withdraw_within(changes, one, changes.now)
    elif state == "broken":
        expired = transitions.expire(one, changes.now)
        changes.let_go(one if expired is None else changes.store(expired))


def _keep(changes: PromiseChanges, one: Promise, order: Order) -> None:
    if one.state in ("open", "broken"):
        at = min(order.done_at or changes.now, changes.now)
        keep_within(changes, one, Keeping(at=max(at, one.made_at)))


async def _give_date(changes: PromiseChanges, change: OrderChange, order: Order, own: list[Promise]) -> None:
    """Move the open promise to the date that was changed, or give one where none is open."""
    date, now = new_date(change.before, order), changes.now
    held = next((one for one in own if state_at(one, now) == "open"), None)
    if held is None:
        revived = change.before is not None and change.before.ended
        first = order.date if not own or revived else date
        if first is not None and whole(first) > whole(now):
            await _promise(changes, change, order, first)
    elif date is not None and whole(date) > held.due_at:
        move_within(changes, held, date, now)
    elif date is not None and whole(date) > whole(now):
        sooner = transitions.bring_forward(held, date, now)
        if sooner is not None:
            changes.store(sooner)


async def _promise(changes: PromiseChanges, change: OrderChange, order: Order, due_at: datetime) -> None:
    connection = changes.connection
    record = await connection.scalar(select(dealer.c.record).where(dealer.c.dealer_id == change.dealer_id))
    new = NewPromise(
        dealer_id=change.dealer_id,
        customer_id=order.customer_id,
        kind="date",
        text=text_of("promises", f"order_{order.kind}", choose_language(None, record or {})),
        due_at=due_at,
        origin="order",
        order_id=change.order_id,
        order_kind=order.kind,
    )
    await give_within(changes, new, await _case_about(connection, change.dealer_id, order))


async def _case_about(connection: AsyncConnection, dealer_id: str, order: Order) -> Case | None:
    """The customer's open case about the order's vehicle, the one with the newest event of several."""
    if order.vin is None:
        return None
    columns = journey_case.c
    query = select(journey_case).where(
        columns.dealer_id == dealer_id, columns.customer_id == order.customer_id, columns.status == "open"
    )
    ordered = query.order_by(columns.newest_event_at.desc().nulls_last(), columns.case_id.desc())
    cases = [case_of(row) for row in (await connection.execute(ordered)).mappings()]
    wanted = vehicle_key(order.vin)
    return next((case for case in cases if vehicle_key(case.vehicle.get("vin", "")) == wanted), None)
