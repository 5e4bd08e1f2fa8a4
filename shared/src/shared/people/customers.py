"""The profiles of customers as the playbook reads them; an event begins that of a customer nobody knew."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import in_keys, insert_all, unnest_keys
from shared.db.prepared import Prepared
from shared.db.schema import customer
from shared.ids import CustomerKey
from shared.playbook.types import CustomerView


async def begin_profiles(connection: AsyncConnection, wanted: Iterable[CustomerKey], now: datetime) -> None:
    """Begin an empty profile for each customer that has none; everything in it is unknown."""
    rows = [
        {"dealer_id": dealer_id, "customer_id": customer_id, "record": {}, "created_at": now, "updated_at": now}
        for dealer_id, customer_id in sorted(set(wanted))
    ]
    await insert_all(connection, customer, rows, new_only=True)


async def load_profiles(
    connection: AsyncConnection, wanted: Collection[CustomerKey]
) -> dict[CustomerKey, CustomerView]:
    """What these customers' profiles say to the playbook."""
    return {key: customer_view(record) for key, record in (await load_customer_records(connection, wanted)).items()}


async def load_customer_records(
    connection: AsyncConnection, wanted: Collection[CustomerKey]
) -> dict[CustomerKey, Mapping[str, Any]]:
    """The records of these customers; those without one are left out."""
    if not wanted:
        return {}
    rows = await _RECORDS.rows(connection, unnest_keys(wanted))
    return {(row.dealer_id, row.customer_id): row.record for row in rows}


def customer_view(record: Mapping[str, Any]) -> CustomerView:
    """A customer's record as the playbook sees it; what is missing or null is unknown."""
    return CustomerView(
        vip=record.get("vip"),
        public_figure=record.get("public_figure"),
        existing=record.get("existing"),
        frequent_service=record.get("frequent_service"),
    )


_RECORDS: Final = Prepared(
    select(customer.c.dealer_id, customer.c.customer_id, customer.c.record).where(
        in_keys(customer.c.dealer_id, customer.c.customer_id)
    )
)
