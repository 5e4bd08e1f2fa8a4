"""Customers who have been merged into others: whom they are taken for, everywhere they are still named."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.engine import MERGED_INTO, lock_keys, record_key
from shared.db.prepared import Prepared
from shared.ids import CustomerKey
from shared.messaging.bus import Record

_Named = TypeVar("_Named", str, str | None)
_TARGETS: Final = Prepared(f"select k, {MERGED_INTO} as merged_into from unnest(cast(:keys as text[])) k")
_MOVE: Final = Prepared(
    """
    with moved as (
      update journey_event e set customer_id = c.merged_into
        from customer c
       where e.event_id = any(cast(:ids as text[])) and c.dealer_id = e.dealer_id and c.customer_id = e.customer_id
         and c.merged_into is not null
      returning e.event_id, e.customer_id
    )
    update event_intake i set customer_id = moved.customer_id from moved where i.event_id = moved.event_id
    """
)


async def find_merged(connection: AsyncConnection, wanted: Collection[CustomerKey]) -> dict[CustomerKey, str]:
    """Those of these customers who have been merged, and into whom."""
    if not wanted:
        return {}
    keys = {record_key(*key): key for key in sorted(wanted)}
    rows = await _TARGETS.rows(connection, {"keys": list(keys)})
    return {keys[row.k]: row.merged_into for row in rows if row.merged_into is not None}


async def current_customer(connection: AsyncConnection, dealer_id: str, customer_id: str) -> str:
    """Who this customer is now: the one it was merged into, else itself."""
    key = (dealer_id, customer_id)
    return (await find_merged(connection, [key])).get(key, customer_id)


async def lock_customer(connection: AsyncConnection, dealer_id: str, customer_id: _Named) -> _Named:
    """Take the customer's lock, without one the dealer's; answers who it is once the lock is held, whose lock is held
    too.
    """
    await lock_keys(connection, [record_key(dealer_id, customer_id)])
    if customer_id is None:
        return customer_id
    current = await current_customer(connection, dealer_id, customer_id)
    if current != customer_id:
        await lock_keys(connection, [record_key(dealer_id, current)])
    return current


async def lock_records(connection: AsyncConnection, records: Sequence[Record]) -> list[Record]:
    """Take the locks of the records' keys; answers the records in order as they read today.

    A record of a customer who has been merged since it was published is one of the other customer: in its key, in
    what its data says and in the row of its journey event.
    """
    await lock_keys(connection, [record.key for record in records])
    merged = await find_merged(connection, {record.customer for record in records if record.customer is not None})
    if not merged:
        return list(records)
    targets = {record_key(*customer): (customer[1], current) for customer, current in merged.items()}
    await lock_keys(connection, [record_key(dealer_id, current) for (dealer_id, _), current in merged.items()])
    events = sorted({record.event_id for record in records if record.key in targets and record.event_id})
    await _MOVE.rows(connection, {"ids": events})
    return [_of_today(record, *targets[record.key]) if record.key in targets else record for record in records]


def _of_today(record: Record, merged: str, current: str) -> Record:
    data = renamed(record.data, merged, current)
    return replace(record, key=record_key(record.dealer_id, current), data=data)


def renamed(document: Mapping[str, Any], merged: str, current: str) -> dict[str, Any]:
    """A document that names the one customer where it named the other, at whatever depth."""
    return {name: _renamed(name, value, merged, current) for name, value in document.items()}


def _renamed(name: str, value: Any, merged: str, current: str) -> Any:
    if isinstance(value, Mapping):
        return renamed(value, merged, current)
    return current if name == "customer_id" and value == merged else value
