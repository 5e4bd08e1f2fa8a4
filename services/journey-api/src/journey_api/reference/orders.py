"""Orders put, changed and deleted, with the promise that their date is."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.reference.store import Place
from shared.commands.follow_order import OrderChange, follow_order
from shared.db.engine import lock_keys, record_key
from shared.db.schema import customer_order
from shared.promises.order_dates import Order, read_order


async def hold_order(connection: AsyncConnection, place: Place, customer_id: str | None = None) -> Order | None:
    """The order as it stands, None where there is none; before its row is locked.

    Takes the locks of its customer and of the one a new record names.
    """
    columns = customer_order.c
    query = select(columns.record).where(columns.dealer_id == place.dealer_id, columns.order_id == place.identity)
    before = await connection.scalar(query)
    named = (before["customer_id"] if before else None, customer_id)
    await lock_keys(connection, [record_key(place.dealer_id, one) for one in named if isinstance(one, str)])
    stored = await connection.scalar(query)
    return read_order(stored) if stored else None


async def follow_change(
    connection: AsyncConnection, place: Place, before: Order | None, row: Row[Any] | None, now: datetime
) -> None:
    """Let the order's promise follow; `row` None: it was deleted."""
    after = read_order(row.record) if row is not None else None
    change = OrderChange(dealer_id=place.dealer_id, order_id=place.identity, before=before, after=after)
    await follow_order(connection, change, now)
