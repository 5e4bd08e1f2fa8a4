"""Two records of one person become one: everything on record goes over, and the old id goes on being understood."""

from datetime import timedelta
from typing import Any

import pytest

from harness.dealership import DEALER
from harness.running_services import RunningServices
from harness.verification import at_odds
from shared.playbook.ruleset.entries import Playbook

STAYS = "C-1001"
DUPLICATE = "C-2002"
ADVISOR = {"role": "service_advisor", "staff_id": "S-service_advisor"}


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """One person known twice, each with an address of its own."""
    await services.open_dealer()
    await services.add_customer(STAYS, name="Ana Valdouro", channels=[whatsapp("+351912345678", verified=True)])
    mail = {"kind": "email", "address": "ana@valdouro.example", "verified": True}
    twice = [mail, whatsapp("+351912345678", verified=False), whatsapp("+351963333333", verified=True)]
    await services.add_customer(DUPLICATE, name="A. Valdouro", vip=True, channels=twice)


def whatsapp(address: str, *, verified: bool) -> dict[str, Any]:
    """A WhatsApp address."""
    return {"kind": "whatsapp", "address": address, "verified": verified}


async def problem(services: RunningServices, customer_id: str, topic: str, **data: Any) -> str:
    """A problem that a service advisor saw; answers the event's id."""
    facts = {"contact": {"first_receiver": "after_sales"}, "problem": {"severity": "ordinary"}}
    given = {"occurrences": ["early_ownership_problem_reported"], "topics": [topic], "facts": facts, **data}
    return await services.post_event(customer_id=customer_id, step=13, observed_by=ADVISOR, **given)


async def merge(services: RunningServices, status: int = 200, duplicate: str = DUPLICATE, into: str = STAYS) -> Any:
    """Merge; answers the body."""
    answer = await services.client.post(
        f"/v1/dealers/{services.dealer_id}/customers/{duplicate}/merge", json={"into": into}
    )
    assert answer.status_code == status, answer.text
    return answer.json()


def path(customer_id: str, more: str = "") -> str:
    """Where a customer lives."""
    return f"/v1/dealers/{DEALER}/customers/{customer_id}{more}"


async def test_all_that_is_on_record_goes_over_and_nothing_drifts(
    services: RunningServices, playbook: Playbook
) -> None:
    event_id = await problem(services, DUPLICATE, "infotainment")
    own = await problem(services, STAYS, "infotainment")
    vehicle = f"/v1/dealers/{DEALER}/vehicles/SALWA2"
    await services.client.put(vehicle, json={"customer_id": DUPLICATE, "plate": "AA-00-BB"})
    contact = await services.contact(customer_id=DUPLICATE, direction="inbound", channel="telephone", text="Again.")
    before = {one["task_id"]: one for one in await services.tasks(customer_id=DUPLICATE)}
    cases = {one["case_id"] for one in (await services.get(f"/v1/dealers/{DEALER}/cases"))["items"]}
    shown = await merge(services)
    await services.settle()

    assert (shown["customer_id"], shown["merged_into"], shown["name"]) == (STAYS, STAYS, "Ana Valdouro")
    after = {one["task_id"]: one for one in await services.tasks(customer_id=STAYS)}
    assert before.keys() < after.keys()
    assert all(after[one]["version"] == before[one]["version"] + 1 for one in before)
    assert {one["case_id"] for one in (await services.get(f"/v1/dealers/{DEALER}/cases"))["items"]} == cases
    assert {one["case_id"] for one in after.values()} == cases, "open cases stay apart"
    assert (await services.get(f"/v1/events/{event_id}"))["customer_id"] == STAYS
    assert (await services.get(vehicle))["customer_id"] == STAYS
    journey = await services.get(path(STAYS, "/journey"))
    assert {step["event_id"] for step in journey["steps"]} == {event_id, own}
    assert contact["contact_id"] in str(journey)
    assert await services.get(path(DUPLICATE, "/journey")) == journey
    assert await at_odds(services, playbook) == []


async def test_the_targets_channels_come_first_and_one_address_stands_once(services: RunningServices) -> None:
    await merge(services)
    shown = await services.get(path(STAYS))
    assert [(one["kind"], one["address"], one["verified"]) for one in shown["channels"]] == [
        ("whatsapp", "+351912345678", True),
        ("email", "ana@valdouro.example", True),
        ("whatsapp", "+351963333333", True),
    ]
    assert shown["merged_into"] is None
    assert [one["customer_id"] for one in (await services.get(f"/v1/dealers/{DEALER}/customers"))["items"]] == [STAYS]


async def test_the_merged_id_answers_the_target_and_cannot_be_changed(services: RunningServices) -> None:
    await merge(services)
    shown = await services.get(path(DUPLICATE))
    assert (shown["customer_id"], shown["merged_into"]) == (STAYS, STAYS)
    for method, body in (("PUT", {"name": "X"}), ("PATCH", {"name": "X"}), ("DELETE", None)):
        headers = {"content-type": "application/merge-patch+json"} if method == "PATCH" else {}
        answer = await services.client.request(method, path(DUPLICATE), json=body, headers=headers)
        assert answer.status_code == 409, method
        assert answer.json()["type"] == "urn:handoff:problem:merged"
        assert STAYS in answer.json()["detail"]
    assert (await services.client.delete(path(STAYS))).status_code == 409, "its duplicate refers to it"


@pytest.mark.parametrize(
    ("duplicate", "into", "status", "code"),
    [
        (STAYS, STAYS, 409, "same_customer"),
        ("C-404", STAYS, 404, "Not Found"),
        (STAYS, "C-404", 422, "Unprocessable Entity"),
        (DUPLICATE, "C-3", 409, "merged"),
        ("C-3", DUPLICATE, 409, "merged"),
    ],
)
async def test_merges_that_are_refused(
    services: RunningServices, duplicate: str, into: str, status: int, code: str
) -> None:
    await services.add_customer("C-3")
    await merge(services)
    assert (await merge(services, status, duplicate, into))["title"] == code


async def test_events_and_records_that_name_the_merged_id_are_the_targets(
    services: RunningServices, playbook: Playbook
) -> None:
    await merge(services)
    event_id = await problem(services, DUPLICATE, "charging")
    named = await problem(services, DUPLICATE, "infotainment", case_id="K-7")
    assert {(await services.get(f"/v1/events/{one}"))["customer_id"] for one in (event_id, named)} == {STAYS}
    assert (await services.get(f"/v1/dealers/{DEALER}/cases/K-7"))["customer_id"] == STAYS
    order = f"/v1/dealers/{DEALER}/orders/O-1"
    await services.client.put(order, json={"customer_id": DUPLICATE, "kind": "parts"})
    assert (await services.get(order))["customer_id"] == STAYS
    said = await services.contact(customer_id=DUPLICATE, direction="inbound", channel="telephone")
    assert said["customer_id"] == STAYS
    assert await at_odds(services, playbook) == []


async def test_an_event_posted_again_after_the_merge_is_a_duplicate(services: RunningServices) -> None:
    data = {"dealer_id": DEALER, "customer_id": DUPLICATE, "step": 2, "observed_by": {"role": "salesperson"}}
    event = {"specversion": "1.0", "type": "handoff.journey.step.v1", "source": "/crm", "id": "1", "data": data}
    headers = {"content-type": "application/cloudevents+json"}
    first = (await services.client.post("/v1/events", json=event, headers=headers)).json()["events"][0]
    await merge(services)
    again = (await services.client.post("/v1/events", json=event, headers=headers)).json()["events"][0]
    assert (again["status"], again["event_id"], again["customer_id"]) == ("duplicate", first["event_id"], STAYS)


async def test_what_is_on_its_way_when_customers_are_merged_arrives_at_the_target(
    services: RunningServices, playbook: Playbook
) -> None:
    event_id = await problem(services, DUPLICATE, "infotainment")
    (task,) = await services.tasks(customer_id=DUPLICATE)
    # accepted and merged before anybody has read that it was accepted
    services.clock.advance(timedelta(minutes=1))
    answer = await services.client.post(f"/v1/tasks/{task['task_id']}/accept", json={"staff_id": task["offered_to"]})
    assert answer.status_code == 200, answer.text
    await merge(services)
    await services.settle()
    assert {one["customer_id"] for one in await services.tasks()} == {STAYS}
    assert (await services.get(f"/v1/events/{event_id}"))["customer_id"] == STAYS
    assert await at_odds(services, playbook) == []


async def test_a_customer_with_duplicates_can_be_one(services: RunningServices) -> None:
    await services.add_customer("C-3", name="Ana V.")
    await merge(services)
    await merge(services, duplicate=STAYS, into="C-3")
    assert (await services.get(path(DUPLICATE)))["merged_into"] == "C-3"
    assert (await services.get(path(STAYS)))["merged_into"] == "C-3"
