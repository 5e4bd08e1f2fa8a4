"""What held on one route holds on every one: parameters of a query, and addresses that the caller may not see."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert

from harness.clocks import MovableClock
from harness.dealership import CASE, CUSTOMER, DEALER, Dealership
from harness.extreme_requests import filled
from harness.people import TEAM_WITH_A_LEAD
from shared.db.engine import Database
from shared.db.schema import notification

pytestmark = pytest.mark.database
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]
STREAMS: Final = ("/v1/tasks/feed", "/v1/sla/feed")


@pytest.fixture
async def dealership(database: Database, clock: MovableClock) -> Dealership:
    """A dealer with people, a customer and a case."""
    people = {staff_id: {"name": staff_id, **record} for staff_id, record in TEAM_WITH_A_LEAD.items()}
    return await Dealership(database, clock).open_with_case(people)


def reading(app: FastAPI) -> Iterator[tuple[str, dict[str, bool]]]:
    """Each route under `/v1` that reads, with the parameters of its query and whether they take several values."""
    for path, item in app.openapi()["paths"].items():
        if path.startswith("/v1/") and "/callbacks/" not in path and "get" in item and path not in STREAMS:
            given = [one for one in item["get"].get("parameters", ()) if one["in"] == "query"]
            yield path, {one["name"]: _takes_several(one["schema"]) for one in given}


def _takes_several(schema: dict[str, Any]) -> bool:
    return any(one.get("type") == "array" for one in (schema, *schema.get("anyOf", ())))


def pointers(answer: httpx.Response) -> list[str]:
    """The places of a refusal's faults."""
    return [one["pointer"] for one in answer.json()["errors"]]


async def test_a_parameter_that_there_is_not(app: FastAPI, admin: httpx.AsyncClient, dealership: Dealership) -> None:
    for number, (path, known) in enumerate(reading(app)):
        name = ("customerId", "dealer", "Status", "q", "page[size]")[number % 5]
        answer = await admin.get(filled(path, PLACES), params={name: "1", **dict.fromkeys(known, "")})
        assert answer.status_code == 422, path
        assert f"?{name}" in pointers(answer), path


async def test_a_single_value_given_twice(app: FastAPI, admin: httpx.AsyncClient, dealership: Dealership) -> None:
    tried = 0
    for path, known in reading(app):
        for name in (name for name, several in known.items() if not several):
            answer = await admin.get(filled(path, PLACES), params=[(name, "1"), (name, "2")])
            assert answer.status_code == 422, (path, name)
            assert f"?{name}" in pointers(answer), (path, name)
            tried += 1
    assert tried > 60


ADDRESSES: Final = (
    {"kind": "email", "address": "quim.lourenco@correio.example", "verified": True},
    {"kind": "sms", "address": "+351934567812", "verified": True},
    {"kind": "whatsapp", "address": "+5511987650023", "verified": True},
    {"kind": "telephone", "address": "+351229876543"},
    {"kind": "post", "address": "Rua do Sol ao Rato 77, 1250-263 Lisboa"},
)
TELLING: Final = ("quim.lourenco", "934567812", "98765-0023", "11987650023", "229876543", "Sol ao Rato")
PLACES: Final = {"dealer_id": DEALER, "customer_id": CUSTOMER, "case_id": CASE, "staff_id": "SA-1", "name": "READY"}


async def told_by_every_channel(dealership: Dealership) -> dict[str, str]:
    """Everything that may show an address: a task's card, notices, contacts, a suggestion; answers the places."""
    await dealership.change_customer(name="Joaquim", channels=[dict(one) for one in ADDRESSES])
    task = await dealership.create_task()
    await dealership.contact(direction="inbound", channel="email", case_id=CASE, kind="question")
    now = dealership.clock()
    row = {"dealer_id": DEALER, "case_id": CASE, "task_id": task.task_id, "customer_id": CUSTOMER, "message": "ACK"}
    row |= {"purpose": "service", "status": "delivered", "created_at": now, "updated_at": now}
    async with dealership.database.transaction(DEALER) as connection:
        for number, one in enumerate(ADDRESSES[:3]):
            own = {"channel": one["kind"], "address": one["address"], "dedupe_key": f"d-{number}"}
            await connection.execute(insert(notification).values(notification_id=f"N-{number}", **row, **own))
    return PLACES | {"task_id": task.task_id}


@pytest.mark.parametrize("scopes", [("tasks:read",), ("ops:read",), ("tasks:read", "ops:read")])
async def test_an_address_is_masked_wherever_it_stands(
    app: FastAPI, dealership: Dealership, key_of: KeyOf, scopes: tuple[str, ...]
) -> None:
    places = await told_by_every_channel(dealership)
    reader, read = await key_of(*scopes), set()
    for path, known in reading(app):
        for form in ({}, {"format": "csv"}) if "format" in known else ({},):
            query = {name: places[name] for name in ("dealer_id", "customer_id") if name in known} | form
            answer = await reader.get(filled(path, places), params=query)
            assert not [one for one in TELLING if one in answer.text], path
            if answer.status_code == 200:
                read.add(path)
    assert len(read) > 8
    assert any("case" in path for path in read)


async def test_who_may_see_it_sees_it(app: FastAPI, dealership: Dealership, key_of: KeyOf) -> None:
    places = await told_by_every_channel(dealership)
    reader, seen = await key_of("tasks:read", "tasks:write", "ops:read"), ""
    for path in ("/v1/tasks/{task_id}", "/v1/notifications", "/v1/dealers/{dealer_id}/customers/{customer_id}"):
        seen += (await reader.get(filled(path, places))).text
    assert all(one["address"] in seen for one in ADDRESSES)
