"""Records as a caller may see them: addresses of customers by one rule, whoever shows them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.auth import Principal
from journey_api.reference.closed_addresses import load_closed_addresses
from journey_api.reference.collections import CUSTOMER, Kind
from journey_api.reference.redaction import show_record
from journey_api.tasks.visible_addresses import visible_customers


async def show_records(
    connection: AsyncConnection,
    kind: Kind,
    rows: Sequence[Row[Any]],
    principal: Principal,
    asked_for: str | None = None,
) -> list[dict[str, Any]]:
    """The records of one dealer in the order given; of customers' addresses that the caller may not see only the ends.

    `asked_for`: as for `show_record`.
    """
    if kind is not CUSTOMER or not rows:
        return [show_record(kind, row, principal, asked_for) for row in rows]
    keys = {(row.dealer_id, row.customer_id) for row in rows}
    seen = await visible_customers(connection, principal, keys)
    closed = await load_closed_addresses(connection, rows[0].dealer_id, rows)
    return [
        show_record(
            kind,
            row,
            principal,
            asked_for,
            closed=closed[row.customer_id],
            masked=(row.dealer_id, row.customer_id) not in seen,
        )
        for row in rows
    ]
