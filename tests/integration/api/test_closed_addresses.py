"""Addresses that are closed stand on the customer, and an admin opens them again."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from event_posting import DEALER
from sqlalchemy import select

from shared.db.engine import Database
from shared.db.schema import preference_change, suppression
from shared.people.addresses import address_hash
from shared.people.suppressions import Reason, suppress

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]
HOME = f"/v1/dealers/{DEALER}/customers"
CHANNELS: list[dict[str, Any]] = [
    {"kind": "email", "address": "Ana.Silva@example.com", "verified": True},
    {"kind": "sms", "address": "+351912345678", "verified": True},
    {"kind": "email", "address": "ana@work.example", "verified": False},
    {"kind": "whatsapp", "address": "+351912345678", "verified": True},
]


class Closings:
    """Closes addresses as bounces, complaints and customers do."""

    def __init__(self, database: Database, clock: Any) -> None:
        self.database, self.clock = database, clock

    async def close(self, kind: str, address: str, reason: Reason, dealer_id: str = DEALER) -> str:
        """Close an address, an hour after the one before; answers since when."""
        self.clock.at += timedelta(hours=1)
        hashed = address_hash(kind, address, "PT")
        async with self.database.transaction() as connection:
            await suppress(connection, dealer_id, kind, hashed, reason, self.clock.at)
        return self.clock.at.isoformat().replace("+00:00", "Z")


@pytest.fixture
async def closings(admin: httpx.AsyncClient, dealers: None, database: Database, clock: Any) -> Closings:
    """A customer with four addresses, all of them open."""
    answer = await admin.put(f"{HOME}/C-1", json={"channels": CHANNELS})
    assert (answer.status_code, answer.json()["closed_addresses"]) == (201, [])
    return Closings(database, clock)


async def test_the_customer_shows_what_is_closed_why_and_since_when(
    admin: httpx.AsyncClient, closings: Closings
) -> None:
    bounced = await closings.close("email", " ana.silva@EXAMPLE.com", "bounce")
    left = await closings.close("email", "ana@work.example", "unsubscribed")
    stopped = await closings.close("whatsapp", "912 345 678", "stop")
    await closings.close("sms", "+351912345678", "stop", "porto-01")
    await closings.close("sms", "+351912345679", "complaint")
    record = (await admin.get(f"{HOME}/C-1")).json()
    assert record["closed_addresses"] == [
        {"kind": "email", "address": "Ana.Silva@example.com", "why": "bounce", "since": bounced, "purpose": None},
        {"kind": "email", "address": "ana@work.example", "why": "unsubscribed", "since": left, "purpose": "service"},
        {"kind": "whatsapp", "address": "+351912345678", "why": "stop", "since": stopped, "purpose": None},
    ]
    assert (await admin.get(HOME)).json()["items"] == [record]
    again = await admin.put(f"{HOME}/C-1", json=record)
    assert (again.status_code, again.json()) == (200, record)
    fewer = await admin.put(f"{HOME}/C-1", json={**record, "channels": CHANNELS[:2]})
    assert [one["kind"] for one in fewer.json()["closed_addresses"]] == ["email"]


async def test_it_is_masked_as_the_channels_are(admin: httpx.AsyncClient, closings: Closings, key_of: KeyOf) -> None:
    await closings.close("email", "ana.silva@example.com", "bounce")
    reader = await key_of("tasks:read")
    for record in ((await reader.get(f"{HOME}/C-1")).json(), (await reader.get(HOME)).json()["items"][0]):
        assert [one["address"] for one in record["closed_addresses"]] == ["A***@***.com"]


async def test_an_admin_opens_a_kind(
    admin: httpx.AsyncClient, closings: Closings, key_of: KeyOf, database: Database
) -> None:
    await closings.close("email", "ana.silva@example.com", "bounce")
    await closings.close("email", "ana@work.example", "complaint")
    await closings.close("sms", "+351912345678", "stop")
    for scopes in (("events:write",), ("tasks:read", "tasks:write", "ops:read")):
        assert (await (await key_of(*scopes)).delete(f"{HOME}/C-1/closed-addresses/email")).status_code == 403
    stale = await admin.delete(f"{HOME}/C-1/closed-addresses/email", headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    opened = await admin.delete(f"{HOME}/C-1/closed-addresses/email", headers={"If-Match": '"1"'})
    assert opened.status_code == 204
    assert [one["kind"] for one in (await admin.get(f"{HOME}/C-1")).json()["closed_addresses"]] == ["sms"]
    async with database.transaction() as connection:
        assert list(await connection.scalars(select(suppression.c.reason))) == ["stop"]
        (kept,) = (await connection.execute(select(preference_change))).all()
    assert (kept.customer_id, kept.source, kept.after) == ("C-1", "key bootstrap", {"closed_addresses": []})
    assert [one["why"] for one in kept.before["closed_addresses"]] == ["bounce", "complaint"]
    for path in ("C-1/closed-addresses/email", "C-1/closed-addresses/pigeon", "C-2/closed-addresses/sms"):
        assert (await admin.delete(f"{HOME}/{path}")).status_code == 404
    assert (await admin.delete("/v1/dealers/porto-01/customers/C-1/closed-addresses/sms")).status_code == 404


async def test_of_a_merged_customer_the_other_one_is_opened(admin: httpx.AsyncClient, closings: Closings) -> None:
    await closings.close("sms", "+351912345678", "stop")
    assert (await admin.put(f"{HOME}/C-2", json={})).status_code == 201
    merged = await admin.post(f"{HOME}/C-1/merge", json={"into": "C-2"})
    assert [one["why"] for one in merged.json()["closed_addresses"]] == ["stop"]
    refused = await admin.delete(f"{HOME}/C-1/closed-addresses/sms")
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "merged")
    assert (await admin.delete(f"{HOME}/C-2/closed-addresses/sms")).status_code == 204
