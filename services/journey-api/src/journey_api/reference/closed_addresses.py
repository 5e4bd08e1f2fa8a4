"""Addresses of customers that are closed to the dealer: shown on the customer, and opened again by an admin."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.etags import Expected
from journey_api.http.problems import not_found
from journey_api.reference.models import ClosedAddress
from journey_api.reference.store import Place, lock_record
from shared.db.schema import dealer, preference_change
from shared.ids import new_id
from shared.people.addresses import address_hash, region_of
from shared.people.eligibility import UNSUBSCRIBED
from shared.people.merged_customers import lock_customer
from shared.people.suppressions import find_closures, lift_all

_EVERY_PURPOSE_BUT_SAFETY: Final = "service"
_Key = tuple[str, str]


async def load_closed_addresses(
    connection: AsyncConnection, dealer_id: str, rows: Sequence[Row[Any]]
) -> dict[str, list[ClosedAddress]]:
    """The closed addresses of these customers of a dealer, by customer, in the order of their channels."""
    keys = await _keys(connection, dealer_id, rows)
    found = await find_closures(connection, {(dealer_id, *key) for own in keys.values() for _, key in own})
    closed = {(channel, address_hash): one for (_, channel, address_hash), one in found.items()}
    return {
        customer_id: [_document(address, key, *closed[key]) for address, key in own if key in closed]
        for customer_id, own in keys.items()
    }


async def open_addresses(
    connection: AsyncConnection, place: Place, kind: str, expected: Expected, by: str | None, now: datetime
) -> None:
    """Open every closed address of a kind of a customer, and keep that the key `by` did so.

    Takes the customer's lock. Raises Problem: 404 where none is closed or there is no such customer, 409 `merged`, 412
    where the customer has another version than is expected.
    """
    dealer_id, customer_id = place.dealer_id, place.identity
    await lock_customer(connection, dealer_id, customer_id)
    row = await lock_record(connection, place)
    if row is None:
        raise not_found()
    expected.check(row.version)
    own = [one for one in (await _keys(connection, dealer_id, [row]))[customer_id] if one[1][0] == kind]
    closed = (await load_closed_addresses(connection, dealer_id, [row]))[customer_id]
    lifted = [one for one in closed if one["kind"] == kind]
    if not lifted:
        raise not_found()
    await lift_all(connection, dealer_id, {key for _, key in own})
    change = {"change_id": new_id(), "dealer_id": dealer_id, "customer_id": customer_id, "at": now}
    before = [{**one, "since": one["since"].isoformat()} for one in lifted]
    change |= {"source": f"key {by}", "before": {"closed_addresses": before}, "after": {"closed_addresses": []}}
    await connection.execute(insert(preference_change).values(change))


def _document(address: str, key: _Key, why: str, since: datetime) -> ClosedAddress:
    purpose = _EVERY_PURPOSE_BUT_SAFETY if why == UNSUBSCRIBED else None
    return {"kind": key[0], "address": address, "why": why, "since": since, "purpose": purpose}


async def _keys(
    connection: AsyncConnection, dealer_id: str, rows: Sequence[Row[Any]]
) -> dict[str, list[tuple[str, _Key]]]:
    """Each address of these customers with what its closing is remembered by."""
    record = await connection.scalar(select(dealer.c.record).where(dealer.c.dealer_id == dealer_id))
    region = region_of(record or {})
    return {
        row.customer_id: [
            (one["address"], (one["kind"], address_hash(one["kind"], one["address"], region)))
            for one in row.record.get("channels") or ()
        ]
        for row in rows
    }
