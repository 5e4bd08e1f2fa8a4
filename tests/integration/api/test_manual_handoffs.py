"""Handoffs that people start: manual arrows, suggestions, the rulings' own entries."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from harness.dealership import CASE, CUSTOMER, DEALER, Dealership, suggest
from harness.names import DELEGATED_TO_SALESPERSON, REPAIR_DIAGNOSIS_TO_PRODUCT_SPECIALIST
from shared.clock import Clock
from shared.db.engine import Database

pytestmark = pytest.mark.database

MANUAL = DELEGATED_TO_SALESPERSON
AUTOMATIC = REPAIR_DIAGNOSIS_TO_PRODUCT_SPECIALIST


@pytest.fixture
async def dealership(database: Database, clock: Clock) -> Dealership:
    """A dealership with its people."""
    return await Dealership(database, clock).open_with_case()


async def hand_over(client: httpx.AsyncClient, **body: Any) -> httpx.Response:
    """Post a handoff."""
    return await client.post("/v1/handoffs", json={"dealer_id": DEALER, **body})


async def test_a_manual_arrow_goes_to_the_role_or_to_the_person_named(
    dealership: Dealership, admin: httpx.AsyncClient
) -> None:
    first = await hand_over(admin, entry=MANUAL, staff_id="SM-1")
    assert first.status_code == 201, first.text
    task = first.json()
    assert (task["entry"], task["from_role"], task["to_role"]) == (MANUAL, "sales_manager", "salesperson")
    assert (task["status"], task["offered_to"], task["case_id"], task["started_by"]) == (
        "offered",
        "SP-1",
        None,
        "SM-1",
    )
    named = await hand_over(admin, entry=MANUAL, staff_id="SM-1", to_staff_id="SP-1", note="for Saturday")
    assert named.json()["task_id"] != task["task_id"]
    assert [item["note"] for item in named.json()["packet"]["history"]] == ["for Saturday"]


async def test_a_manual_arrow_for_a_customer_joins_the_customers_case(
    dealership: Dealership, admin: httpx.AsyncClient
) -> None:
    task = (await hand_over(admin, entry=MANUAL, staff_id="SM-1", customer_id=CUSTOMER, topics=["infotainment"])).json()
    assert (task["customer_id"], task["case_id"], task["packet"]["topics"]) == (CUSTOMER, CASE, ["infotainment"])
    other = (await hand_over(admin, entry=MANUAL, staff_id="SM-1", customer_id=CUSTOMER, topics=["price"])).json()
    assert other["case_id"] not in (None, CASE)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"entry": MANUAL, "staff_id": "SP-1"}, "not_in_role"),
        ({"entry": MANUAL, "staff_id": "SM-1", "to_staff_id": "PS-1"}, "not_in_role"),
        ({"entry": AUTOMATIC, "staff_id": "SA-1", "customer_id": CUSTOMER}, "not_suggested"),
        ({"entry": "CLOSE-LOOP", "staff_id": "SA-1", "customer_id": CUSTOMER}, "not_startable"),
        ({"entry": "FB-05", "staff_id": "SA-1", "customer_id": CUSTOMER}, "not_startable"),
    ],
)
async def test_what_is_refused(
    dealership: Dealership, admin: httpx.AsyncClient, body: dict[str, Any], code: str
) -> None:
    answer = await hand_over(admin, **body)
    assert (answer.status_code, answer.json()["title"]) == (409, code)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"entry": "XX-1"}, "/entry"),
        ({"dealer_id": "nowhere"}, "/dealer_id"),
        ({"staff_id": "nobody"}, "/staff_id"),
        ({"to_staff_id": "nobody"}, "/to_staff_id"),
        ({"customer_id": "C-99"}, "/customer_id"),
        ({"case_id": "case-99"}, "/case_id"),
        ({"event_id": "e-99"}, "/event_id"),
        ({"customer_id": CUSTOMER, "case_id": "case-2"}, "/case_id"),
        ({"to_role": "service_manager"}, "/to_role"),
        ({"to_role": "janitor"}, "/to_role"),
        ({"topics": ["weather"]}, "/topics/0"),
        ({"facts": {"weather": {}}}, "/facts/weather"),
        ({"step": 21}, "/step"),
        ({"colour": "red"}, "/colour"),
    ],
)
async def test_what_does_not_exist_is_422(
    dealership: Dealership, admin: httpx.AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    await dealership.open_case("case-2", customer_id=None)
    answer = await hand_over(admin, **{"entry": MANUAL, "staff_id": "SM-1", **body})
    assert answer.status_code == 422, answer.text
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


async def test_a_suggestion_is_taken_once(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    await suggest(dealership, "e-1", AUTOMATIC, "product_specialist")
    body = {"entry": AUTOMATIC, "staff_id": "SA-1", "event_id": "e-1"}
    first = await hand_over(admin, **body)
    assert first.status_code == 201, first.text
    task = first.json()
    assert (task["event_id"], task["case_id"], task["packet"]["topics"]) == ("e-1", CASE, ["repair"])
    again = await hand_over(admin, **body)
    assert (again.status_code, again.json()["title"]) == (409, "taken")
    newest = await hand_over(admin, entry=AUTOMATIC, staff_id="SA-1", customer_id=CUSTOMER)
    assert (newest.status_code, newest.json()["title"]) == (409, "not_suggested")


async def test_without_an_event_the_newest_open_suggestion_is_taken(
    dealership: Dealership, admin: httpx.AsyncClient
) -> None:
    await suggest(dealership, "e-1", AUTOMATIC, "product_specialist")
    await suggest(dealership, "e-2", AUTOMATIC, "product_specialist")
    taken = [(await hand_over(admin, entry=AUTOMATIC, staff_id="SA-1", customer_id=CUSTOMER)).json() for _ in "ab"]
    assert taken[0]["event_id"] == "e-2"
    assert taken[1]["task_id"] == taken[0]["task_id"]
    assert (await hand_over(admin, entry=AUTOMATIC, staff_id="SA-1", customer_id=CUSTOMER)).status_code == 409


async def test_what_an_import_suggests_cannot_be_taken(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    await suggest(dealership, "e-1", AUTOMATIC, "product_specialist", intent="history")
    for entry, staff_id in ((AUTOMATIC, "SA-1"), (MANUAL, "SM-1"), ("IN-07", "SP-1")):
        answer = await hand_over(admin, entry=entry, staff_id=staff_id, event_id="e-1")
        assert (answer.status_code, answer.json()["title"]) == (409, "not_suggested")


async def test_an_entry_with_several_receivers_wants_to_be_told_which(
    dealership: Dealership, admin: httpx.AsyncClient
) -> None:
    body = {"entry": "IN-08", "staff_id": "SA-1", "customer_id": CUSTOMER, "topics": ["test_drive"]}
    unsaid = await hand_over(admin, **body)
    assert (unsaid.status_code, unsaid.json()["errors"][0]["pointer"]) == (422, "/to_role")
    task = (await hand_over(admin, **body, to_role="product_specialist")).json()
    assert (task["to_role"], task["matter"], task["from_role"]) == ("product_specialist", "demo", "service_advisor")


async def test_a_fallback_entry_needs_no_suggestion(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    body = {"entry": "FB-06", "staff_id": "SP-1", "customer_id": CUSTOMER}
    task = (await hand_over(admin, **body, facts={"feedback": {"sentiment": "negative"}})).json()
    assert (task["kind"], task["status"], task["to_role"]) == ("interact", "open", "client_experience_manager")
    assert (task["matter"], task["priority"]) == ("negative_feedback", "high")


async def test_the_same_key_gets_the_same_answer(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    headers = {"idempotency-key": "k-1"}
    body = {"dealer_id": DEALER, "entry": MANUAL, "staff_id": "SM-1"}
    first = await admin.post("/v1/handoffs", json=body, headers=headers)
    again = await admin.post("/v1/handoffs", json=body, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    other = await admin.post("/v1/handoffs", json={**body, "note": "other"}, headers=headers)
    assert other.status_code == 422


async def test_a_key_of_a_person_starts_as_that_person_only(dealership: Dealership, key_of: Callable[..., Any]) -> None:
    client = await key_of("tasks:write", staff_id="SP-1")
    assert (await hand_over(client, entry=MANUAL, staff_id="SM-1")).status_code == 403
