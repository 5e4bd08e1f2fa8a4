"""A person's words: checked, kept, queued and told of, in one transaction."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from event_posting import DEALER
from sqlalchemy import select

from harness.dealership import CASE, CUSTOMER, Dealership
from harness.provider_callbacks import Records
from shared.clock import Clock
from shared.db.engine import Database
from shared.db.schema import notification, outbox, staff_message

pytestmark = pytest.mark.database
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]
WORDS = {"staff_id": "SA-1", "kind": "update", "text": "The part has come."}


@pytest.fixture
async def dealership(database: Database, clock: Clock) -> Dealership:
    """A dealer with people, a customer and a case."""
    return await Dealership(database, clock).open_with_case()


@pytest.fixture
def records(database: Database, clock: Clock, dealership: Dealership) -> Records:
    """What the tables say."""
    return Records(database, clock)


async def post(client: httpx.AsyncClient, status: int = 202, headers: Any = None, **body: Any) -> dict[str, Any]:
    """Say something about the case."""
    given = {"case_id": CASE, **WORDS, **body}
    said = {name: value for name, value in given.items() if value is not None}
    answer = await client.post("/v1/messages", json=said, headers=headers)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def test_words_about_a_case_are_queued_and_told_of_at_once(admin: httpx.AsyncClient, records: Records) -> None:
    notification_id = (await post(admin))["notification_id"]
    (shown,) = (await admin.get("/v1/notifications", params={"dealer_id": DEALER})).json()["items"]
    facts = ("notification_id", "message", "purpose", "status", "channel", "customer_id", "case_id", "task_id")
    assert [shown[name] for name in facts] == [
        notification_id, "MESSAGE", "service", "queued", None, CUSTOMER, CASE, None,
    ]  # fmt: skip
    (said,) = await records.rows(select(staff_message))
    assert (said["text"], said["kind"], said["staff_id"], said["at"]) == (
        "The part has come.",
        "update",
        "SA-1",
        records.clock(),
    )
    (record,) = await records.rows(select(outbox).where(outbox.c.topic == "handoff.notifications.v1"))
    assert (record["type"], record["key"]) == ("handoff.notification.queued.v1", f"{DEALER}/{CUSTOMER}")
    assert record["payload"]["notification_id"] == notification_id
    assert "part" not in str(record["payload"])


async def test_words_about_a_task_belong_to_its_case(
    admin: httpx.AsyncClient, records: Records, dealership: Dealership
) -> None:
    task = await dealership.create_task(packet={"topics": ["recall"], "facts": {}})
    await post(admin, case_id=None, task_id=task.task_id)
    (row,) = await records.rows(select(notification))
    assert (row["task_id"], row["case_id"], row["purpose"]) == (task.task_id, CASE, "safety")


async def test_a_template_with_its_parameters(admin: httpx.AsyncClient, records: Records) -> None:
    await post(admin, text=None, template="call_back", params={"when": "tomorrow at ten"})
    (said,) = await records.rows(select(staff_message))
    assert (said["text"], said["template"], said["params"]) == (None, "call_back", {"when": "tomorrow at ten"})


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"case_id": None}, "/task_id"),
        ({"task_id": "T-1"}, "/case_id"),
        ({"text": None}, "/text"),
        ({"template": "call_back", "params": {"when": "x"}}, "/template"),
        ({"params": {"when": "x"}}, "/params"),
        ({"text": None, "template": "love_letter", "params": {}}, "/template"),
        ({"text": None, "template": "call_back"}, "/params/when"),
        ({"text": None, "template": "call_back", "params": {"when": "x", "who": "y"}}, "/params"),
        ({"text": None, "template": "call_back", "params": {"when": " "}}, "/params/when"),
        ({"text": None, "template": "call_back", "params": {"when": 7}}, "/params/when"),
        ({"text": None, "template": "call_back", "params": {"when": "x" * 501}}, "/params/when"),
        ({"text": "  "}, "/text"),
        ({"text": "x" * 4_001}, "/text"),
        ({"kind": "love"}, "/kind"),
        ({"kind": None}, "/kind"),
        ({"staff_id": None}, "/staff_id"),
        ({"staff_id": "nobody"}, "/staff_id"),
        ({"case_id": "nowhere"}, "/case_id"),
        ({"case_id": None, "task_id": "nowhere"}, "/task_id"),
        ({"channel": "sms"}, "/channel"),
    ],
)
async def test_what_is_wrong_is_refused_and_leaves_nothing(
    admin: httpx.AsyncClient, records: Records, change: dict[str, Any], pointer: str
) -> None:
    problem = await post(admin, 422, **change)
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
    assert await records.rows(select(notification)) == []
    assert await records.rows(select(staff_message)) == []


async def test_a_case_without_a_customer_has_nobody_to_tell(admin: httpx.AsyncClient, dealership: Dealership) -> None:
    await dealership.open_case("case-2", customer_id=None)
    assert (await post(admin, 422, case_id="case-2"))["errors"][0]["pointer"] == "/case_id"
    task = await dealership.create_task(customer_id=None, case_id="case-2")
    assert (await post(admin, 422, case_id=None, task_id=task.task_id))["errors"][0]["pointer"] == "/task_id"


async def test_who_may_speak(admin: httpx.AsyncClient, key_of: KeyOf, records: Records) -> None:
    await post(await key_of("tasks:read", "ops:read", "events:write"), 403)
    bound = await key_of("tasks:write", staff_id="SA-1")
    await post(bound, 403, staff_id="SA-2")
    await post(bound)
    await admin.put("/v1/dealers/porto-01", json={"name": "Porto", "time_zone": "Europe/Lisbon"})
    await post(await key_of("tasks:write", dealers=("porto-01",)), 422)
    assert len(await records.rows(select(notification))) == 1


async def test_a_case_id_that_two_dealers_use_is_that_of_the_persons_dealer(
    admin: httpx.AsyncClient, database: Database, records: Records, dealership: Dealership
) -> None:
    other = Dealership(database, records.clock, dealer_id="porto-01")
    await other.open_with_case({"PO-1": {"roles": ["service_advisor"]}})
    await post(admin)
    await post(admin, staff_id="PO-1")
    rows = await records.rows(select(notification).order_by(notification.c.notification_id))
    assert [row["dealer_id"] for row in rows] == [DEALER, "porto-01"]


async def test_the_same_request_again_says_it_once(admin: httpx.AsyncClient, records: Records) -> None:
    headers = {"idempotency-key": "once"}
    first, second = await post(admin, headers=headers), await post(admin, headers=headers)
    assert first == second
    assert len(await records.rows(select(notification))) == 1
    problem = await post(admin, 422, headers=headers, text="Something else.")
    assert problem["status"] == 422


async def test_the_openapi_names_the_templates_and_their_parameters(admin: httpx.AsyncClient) -> None:
    document = (await admin.get("/openapi.json")).json()
    described = document["components"]["schemas"]["MessageBody"]["properties"]["template"]["description"]
    assert "`call_back` (when)" in described
    assert "`estimate_ready` (amount, what)" in described
