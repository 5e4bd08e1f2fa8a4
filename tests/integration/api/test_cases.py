"""Cases over HTTP."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from harness.dealership import CASE, CUSTOMER, Dealership
from harness.names import OFFER_CLOCK
from shared.clock import Clock
from shared.db.engine import Database
from shared.db.schema import journey_case

pytestmark = pytest.mark.database

CASES = "/v1/dealers/lisboa-01/cases"


@pytest.fixture
async def dealership(database: Database, clock: Clock) -> Dealership:
    """A dealership with its people."""
    return await Dealership(database, clock).open_with_case()


async def test_a_case_is_shown_whole(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    task = await dealership.create_task()
    case = (await admin.get(f"{CASES}/{CASE}")).json()
    assert {"case_id", "dealer_id", "customer_id", "vehicle", "topics", "facts", "status", "customer_owner"} <= set(
        case
    )
    assert {"opened_at", "closed_at", "outcome", "tasks", "timers", "promises", "contacts"} <= set(case)
    assert (case["status"], case["promises"]) == ("open", [])
    assert case["customer_owner"] == {"role": "service_advisor", "staff_id": "SA-1"}
    assert [one["task_id"] for one in case["tasks"]] == [task.task_id]
    assert [one["rule"] for one in case["timers"]] == [OFFER_CLOCK]


async def test_cases_are_listed_newest_first_page_by_page(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    await dealership.open_case("case-2", customer_id=None)
    async with dealership.database.transaction() as connection:
        reserved = {"dealer_id": dealership.dealer_id, "case_id": "case-9", "status": "reserved"}
        await connection.execute(insert(journey_case).values(reserved))
    first = (await admin.get(CASES, params={"limit": "1"})).json()
    second = (await admin.get(CASES, params={"limit": "1", "cursor": first["next_cursor"]})).json()
    assert [page["items"][0]["case_id"] for page in (first, second)] == ["case-2", CASE]
    assert second["next_cursor"] is None
    mine = (await admin.get(CASES, params={"customer_id": CUSTOMER, "status": "open"})).json()["items"]
    assert [case["case_id"] for case in mine] == [CASE]
    assert (await admin.get(CASES, params={"status": "closed"})).json()["items"] == []
    assert (await admin.get(f"{CASES}/case-9")).status_code == 404


@pytest.mark.parametrize("person", ["SA-1", "CX-1", "SE-1"])
async def test_who_may_close_a_case(dealership: Dealership, admin: httpx.AsyncClient, person: str) -> None:
    interact = await dealership.create_task(kind="interact", mode="share_info")
    deliver = await dealership.create_task()
    body = {"staff_id": person, "outcome": "satisfied"}
    closed = await admin.post(f"{CASES}/{CASE}/close", json=body)
    assert closed.status_code == 200, closed.text
    assert (closed.json()["status"], closed.json()["outcome"]) == ("closed", "satisfied")
    states = {one["task_id"]: one["status"] for one in closed.json()["tasks"]}
    assert states == {interact.task_id: "cancelled", deliver.task_id: "offered"}
    assert (await admin.post(f"{CASES}/{CASE}/close", json=body)).status_code == 200


async def test_who_may_not_close_a_case(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    for person in ("SA-2", "PS-1"):
        answer = await admin.post(f"{CASES}/{CASE}/close", json={"staff_id": person, "outcome": "other"})
        assert (answer.status_code, answer.json()["title"]) == (409, "not_yours")
    answer = await admin.post(f"{CASES}/{CASE}/close", json={"staff_id": "SA-1", "outcome": "fine"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/outcome")


async def test_the_customer_is_handed_on_by_call(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    body = {"role": "salesperson", "staff_id": "SP-1", "by": "SA-1"}
    moved = (await admin.post(f"{CASES}/{CASE}/owner", json=body)).json()
    assert moved["customer_owner"] == {"role": "salesperson", "staff_id": "SP-1"}
    for wrong, pointer in (({"staff_id": "nobody"}, "/staff_id"), ({"by": "nobody"}, "/by"), ({"role": "x"}, "/role")):
        answer = await admin.post(f"{CASES}/{CASE}/owner", json={**body, **wrong})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    misfit = await admin.post(f"{CASES}/{CASE}/owner", json={**body, "staff_id": "SA-1"})
    assert (misfit.status_code, misfit.json()["title"]) == (409, "not_in_role")


async def test_comments_stay_with_the_case(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    made = await admin.post(f"{CASES}/{CASE}/comments", json={"staff_id": "SA-2", "text": "Prefers mornings"})
    assert (made.status_code, made.json()["text"]) == (201, "Prefers mornings")
    assert (await admin.get(f"{CASES}/{CASE}")).json()["comments"] == [made.json()]
    empty = await admin.post(f"{CASES}/{CASE}/comments", json={"staff_id": "SA-2", "text": ""})
    assert empty.status_code == 422


async def test_another_dealers_key_finds_nothing(dealership: Dealership, key_of: Callable[..., Any]) -> None:
    await Dealership(dealership.database, dealership.clock, dealer_id="porto-01").open_with_case({})
    stranger = await key_of("tasks:read", "tasks:write", dealers=("porto-01",))
    assert (await stranger.get(CASES)).status_code == 404
    assert (await stranger.get(f"{CASES}/{CASE}")).status_code == 404
    answer = await stranger.post(f"{CASES}/{CASE}/comments", json={"staff_id": "SA-1", "text": "hello"})
    assert answer.status_code == 404
