"""Whatever is one of a closed list and is not known comes with the ids nearest to it, wherever it stands."""

from typing import Any

import httpx
import pytest

from harness.clocks import MovableClock
from harness.dealership import CASE, CUSTOMER, DEALER, Dealership
from harness.names import DELEGATED_TO_SALESPERSON, MESSAGE_ANSWER
from shared.db.engine import Database

pytestmark = pytest.mark.database
NEXT: dict[str, Any] = {"after": "PT1H", "to": "owner"}
WORDS = {"case_id": CASE, "staff_id": "SA-1", "kind": "update", "params": {}}
PROMISE = {"customer_id": CUSTOMER, "case_id": CASE, "staff_id": "SA-1", "kind": "other", "text": "x"}


@pytest.fixture
async def dealership(database: Database, clock: MovableClock) -> Dealership:
    """A dealership with its people, a customer and a case."""
    return await Dealership(database, clock).open_with_case()


def nearest_in(answer: httpx.Response, status: int) -> dict[str, str | None]:
    """The nearest id by the place of a fault."""
    assert answer.status_code == status, answer.text
    faults = answer.json()["errors"]
    assert all(len(fault.get("allowed", ())) <= 10 for fault in faults)
    return {fault["pointer"]: fault.get("allowed", [None])[0] for fault in faults}


def closed_on(**holidays: Any) -> dict[str, Any]:
    """The calendars of a dealer with these holidays."""
    return {"calendars": {"default": {"week": {}, "holidays": holidays}}}


@pytest.mark.parametrize(
    ("record", "pointer", "near"),
    [
        (closed_on(country="POR"), "/calendars/default/holidays/country", "PR"),
        (closed_on(country="DE", subdivision="BYY"), "/calendars/default/holidays/subdivision", "BY"),
        ({"calendars": {"default": {"week": {"monday": []}}}}, "/calendars/default/week/monday", "mon"),
        ({"calendars": {"aftersales": {"week": {}}}}, "/calendars/aftersales", "after_sales"),
        ({"role_calendar": {"sales_person": "default"}}, "/role_calendar/sales_person", "salesperson"),
        ({"role_calendar": {"salesperson": "defalt"}}, "/role_calendar/salesperson", "default"),
        ({"managers": {"salesperson": "sales_managr"}}, "/managers/salesperson", "sales_manager"),
        ({"sla": {"T-3": {"duration": "PT1H"}}}, "/sla/T-3", MESSAGE_ANSWER),
        ({"sla": {MESSAGE_ANSWER: {"calendar": "nonee"}}}, f"/sla/{MESSAGE_ANSWER}/calendar", "none"),
        ({"sla": {MESSAGE_ANSWER: {"on_change": "restrat"}}}, f"/sla/{MESSAGE_ANSWER}/on_change", "restart"),
        ({"chains": {"first_respons": [NEXT]}}, "/chains/first_respons", "first_response"),
        ({"chains": {"promise": [NEXT | {"to": "managr"}]}}, "/chains/promise/0/to", "manager"),
        ({"chains": {"promise": [NEXT | {"to": "role:sales_managr"}]}}, "/chains/promise/0/to", "role:sales_manager"),
        ({"chains": {"promise": [NEXT | {"channel_class": "urgnt"}]}}, "/chains/promise/0/channel_class", "urgent"),
        ({"tables": {"feedbak": {}}}, "/tables/feedbak", "feedback"),
        ({"tables": {"feedback": {"prise": ["salesperson"]}}}, "/tables/feedback/prise", "price"),
        ({"tables": {"feedback": {"price": ["sales_person"]}}}, "/tables/feedback/price/0", "salesperson"),
        (
            {"tables": {"inspection": [{"to_role": "product_specialst"}]}},
            "/tables/inspection/0/to_role",
            "product_specialist",
        ),
        ({"quiet_hours": [{"days": ["monday"], "from": "21:00", "to": "08:00"}]}, "/quiet_hours/0/days/0", "mon"),
        ({"topic_roles": {"prise": "salesperson"}}, "/topic_roles/prise", "price"),
        ({"topic_roles": {"price": "sales_person"}}, "/topic_roles/price", "salesperson"),
        ({"channels_off": ["smss"]}, "/channels_off/0", "sms"),
        ({"fallback_locale": "ptt"}, "/fallback_locale", "pt"),
        ({"time_zone": "Europe/Lisbonne"}, "/time_zone", "Europe/Lisbon"),
    ],
)
async def test_a_dealers_record(
    dealership: Dealership, admin: httpx.AsyncClient, record: dict[str, Any], pointer: str, near: str
) -> None:
    whole = {"name": "Lisboa", "time_zone": "Europe/Lisbon", **record}
    assert nearest_in(await admin.put(f"/v1/dealers/{DEALER}", json=whole), 422) == {pointer: near}


@pytest.mark.parametrize(
    ("path", "body", "pointer", "near"),
    [
        ("handoffs", {"entry": DELEGATED_TO_SALESPERSON, "staff_id": "SM-1", "to_role": "sales_person"},
         "/to_role", "salesperson"),
        ("handoffs", {"dealer_id": "lisbo-01", "entry": "XX-1", "staff_id": "SM-1"}, "/dealer_id", DEALER),
        ("contacts", {"dealer_id": "lisbo-01", "customer_id": CUSTOMER, "direction": "inbound", "channel": "store"},
         "/dealer_id", DEALER),
        ("promises", {**PROMISE, "dealer_id": "lisbo-01", "due_at": "2027-01-01T10:00:00Z"}, "/dealer_id", DEALER),
        ("keys", {"name": "x", "dealers": [DEALER, "lisbo-01"], "scopes": ["admin"]}, "/dealers/1", DEALER),
        ("keys", {"name": "x", "dealers": [DEALER], "scopes": ["task:read"]}, "/scopes/0", "tasks:read"),
        ("messages", {**WORDS, "template": "cal_back"}, "/template", "call_back"),
    ],
)  # fmt: skip
async def test_what_is_posted(
    dealership: Dealership, admin: httpx.AsyncClient, path: str, body: dict[str, Any], pointer: str, near: str
) -> None:
    whole = body if path in ("keys", "messages") else {"dealer_id": DEALER, **body}
    assert nearest_in(await admin.post(f"/v1/{path}", json=whole), 422) == {pointer: near}


@pytest.mark.parametrize(
    ("action", "body", "pointer", "near"),
    [
        ("decline", {"reason": "bussy"}, "/reason", "busy"),
        ("wait", {"reason": "third"}, "/reason", "third_party"),
        ("complete", {"outcome": "customer_answer"}, "/outcome", "customer_answered"),
        ("reassign", {"to_role": "sales_person"}, "/to_role", "salesperson"),
    ],
)
async def test_an_action_on_a_task(
    dealership: Dealership, admin: httpx.AsyncClient, action: str, body: dict[str, Any], pointer: str, near: str
) -> None:
    task = await dealership.create_task()
    answer = await admin.post(f"/v1/tasks/{task.task_id}/{action}", json={"staff_id": "PS-1", **body})
    assert nearest_in(answer, 422) == {pointer: near}


@pytest.mark.parametrize(
    ("method", "path", "pointer", "near"),
    [
        ("GET", f"/v1/messages/templates/AKC/preview?dealer_id={DEALER}", "/name", "ACK"),
        ("GET", f"/v1/dealers/{DEALER}/templates/cal_back/pt", "/name", "call_back"),
        ("DELETE", f"/v1/dealers/{DEALER}/templates/READDY/pt", "/name", "READY"),
        ("GET", "/v1/playbook/entries/SA-07-01", "/entry", "SA-07-01-a"),
    ],
)
async def test_what_a_path_names(
    dealership: Dealership, admin: httpx.AsyncClient, method: str, path: str, pointer: str, near: str
) -> None:
    assert nearest_in(await admin.request(method, path), 404) == {pointer: near}


async def test_a_wording_in_a_language_that_is_not_written(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    answer = await admin.put(f"/v1/dealers/{DEALER}/templates/ACK/ptt", json={"subject": "x", "body": "x"})
    assert nearest_in(answer, 422) == {"/locale": "pt"}


async def test_nobody_is_named_a_dealer_of_others(dealership: Dealership, key_of: Any) -> None:
    elsewhere = await key_of("events:write", dealers=(DEALER,))
    body = {"customer_id": CUSTOMER, "direction": "inbound", "channel": "store", "dealer_id": "porto-0"}
    assert nearest_in(await elsewhere.post("/v1/contacts", json=body), 422) == {"/dealer_id": DEALER}
