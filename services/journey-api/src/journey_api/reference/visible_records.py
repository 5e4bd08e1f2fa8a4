"""Records as a caller may see them: addresses of customers by one rule, whoever shows them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.auth import Principal
from journey_api.reference.collections import CUSTOMER, Kind
from journey_api.reference.redaction import show_record
from journey_api.tasks.visible_addresses import customers_of_reader, sees_every_address


async def show_records(
    connection: AsyncConnection,
    kind: Kind,
    rows: Sequence[Row[Any]],
    principal: Principal,
    asked_for: str | None = None,
) -> list[dict[str, Any]]:
    """The records in the order given; of customers' addresses that the caller may not see only the ends.

    `asked_for`: as for `show_record`.
    """
    if kind is not CUSTOMER or sees_every_address(principal):
        return [show_record(kind, row, principal, asked_for) for row in rows]
    own = await customers_of_reader(connection, principal, {(row.dealer_id, row.customer_id) for row in rows})
    return [
        show_record(kind, row, principal, asked_for, masked=(row.dealer_id, row.customer_id) not in own) for row in rows
    ]
