"""The end of a chain: whoever was reached is not tried any further."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, RowMapping, and_, cast, exists, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB

from notifier.context import Desk
from notifier.followup.manual_sends import UNREACHABLE, call_off_send, call_off_unreachable, clear_unreachable
from notifier.notifications.request import Obligation, obligation_of
from notifier.notifications.store import UNSENT, change_status
from notifier.notifications.types import TASK_CHANNELS
from shared.db.schema import OPEN_TASK, customer, notification, task

REACHED: Final = "reached"
"""The code of what was called off because the recipient was reached."""

_COLUMNS: Final = notification.c
_ARRIVING: Final = ("sent", "unknown")
GOING_ON: Final = ("queued", "held", "sending", "sent", "unknown")
"""The statuses of what is being tried."""

_ENDED: Final = _COLUMNS.params["ended"].as_boolean()


async def has_ended(desk: Desk, obligation: Obligation) -> bool:
    """Whether its recipient has been reached."""
    ended = exists().where(_of(obligation), or_(_ENDED.is_(True), _COLUMNS.status == "read"))
    return bool(await desk.connection.scalar(select(ended)))


async def end_chain(desk: Desk, obligation: Obligation) -> None:
    """Call off what is left of a chain: messages unsent, calls and letters not made, channels to come."""
    mark = _COLUMNS.params.op("||")(cast({"ended": True}, JSONB))
    values = {"params": mark, "patience_until": None}
    statement = update(notification).where(_of(obligation)).values(values).returning(notification)
    rows = (await desk.connection.execute(statement)).mappings().all()
    unsent = [row["notification_id"] for row in rows if row["status"] in UNSENT]
    await change_status(desk, unsent, "withdrawn", code=REACHED, next_attempt_real_at=None)
    for row in rows:
        if row["status"] == "sent" and row["channel"] in TASK_CHANNELS:
            await change_status(desk, [row["notification_id"]], "withdrawn", code=REACHED)
            await call_off_send(desk, row, REACHED)


async def note_proof(desk: Desk, dealer_id: str, customer_id: str, case_id: str | None, at: datetime) -> None:
    """The customer was heard or spoken with at this instant: what was being tried before has reached its end.

    With a `case_id` only what concerns that case. A chain that has reached nobody yet goes on: what it has to say was
    not said. The caller holds the customer's lock.
    """
    await clear_unreachable(desk, dealer_id, customer_id)
    await call_off_unreachable(desk, dealer_id, customer_id, REACHED)
    for obligation in _begun(await _going_on(desk, dealer_id, customer_id, at)):
        if case_id is None or obligation.case_id in (None, case_id):
            await end_chain(desk, obligation)


async def being_tried(desk: Desk, customers: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these customers (dealer, customer) with a message under way, marked unreachable, or searched for."""
    if not customers:
        return set()
    begun = or_(_COLUMNS.status.in_(_ARRIVING), _COLUMNS.params["tried"] != cast([], JSONB))
    tried = select(_COLUMNS.dealer_id, _COLUMNS.customer_id).where(
        tuple_(_COLUMNS.dealer_id, _COLUMNS.customer_id).in_(customers), _COLUMNS.status.in_(GOING_ON), begun
    )
    marked = select(customer.c.dealer_id, customer.c.customer_id).where(
        tuple_(customer.c.dealer_id, customer.c.customer_id).in_(customers), customer.c.unreachable
    )
    searched = select(task.c.dealer_id, task.c.customer_id).where(
        tuple_(task.c.dealer_id, task.c.customer_id).in_(customers), task.c.entry == UNREACHABLE, text(OPEN_TASK)
    )
    found = await desk.connection.execute(tried.union(marked, searched))
    return {(row.dealer_id, row.customer_id) for row in found}


async def _going_on(desk: Desk, dealer_id: str, customer_id: str, at: datetime) -> Sequence[RowMapping]:
    mine = and_(_COLUMNS.dealer_id == dealer_id, _COLUMNS.customer_id == customer_id, _COLUMNS.created_at <= at)
    query = select(notification).where(mine, _COLUMNS.status.in_(GOING_ON))
    return (await desk.connection.execute(query.order_by(_COLUMNS.notification_id))).mappings().all()


def _begun(rows: Sequence[RowMapping]) -> list[Obligation]:
    """Those of which something may have arrived, or which a channel has failed already; each once."""
    begun: dict[str, Obligation] = {}
    for row in rows:
        obligation = obligation_of(row)
        if row["status"] in _ARRIVING or obligation.tried:
            begun.setdefault(obligation.name, obligation)
    return list(begun.values())


def _of(obligation: Obligation) -> ColumnElement[bool]:
    """The notifications of an obligation, whichever channel they went by."""
    recipient = obligation.recipient
    return and_(
        _COLUMNS.dealer_id == obligation.dealer_id,
        _COLUMNS.customer_id.is_not_distinct_from(recipient.customer_id),
        _COLUMNS.staff_id.is_not_distinct_from(recipient.staff_id),
        _COLUMNS.message == obligation.notice.name,
        _COLUMNS.params["key"].as_string() == obligation.key,
        _COLUMNS.params["cycle"].as_integer() == obligation.cycle,
    )
