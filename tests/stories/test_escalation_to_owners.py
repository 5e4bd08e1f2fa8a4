"""A handover goes on along the chain, and the customer changes hands only where the matter does."""

from typing import Any

import pytest

from harness.dealership import DEALER
from harness.names import (
    EARLY_PROBLEM_TO_CLIENT_EXPERIENCE,
    EARLY_PROBLEM_TO_SALESPERSON,
    EASY_ACCESS,
    INFOTAINMENT_TO_PRODUCT_SPECIALIST,
    REPAIR_VEHICLE,
    SERVICE_REQUEST_TO_SERVICE_ADVISOR,
)
from harness.running_services import RunningServices

CUSTOMER = "C-7"


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """Open around the clock, with one customer and a young vehicle."""
    await services.open_dealer()
    await services.add_staff("S-other", ["service_advisor"])
    await services.add_customer(CUSTOMER, existing=True)


async def written_to_sales(services: RunningServices) -> str:
    """An infotainment problem written to the salesperson."""
    return await services.post_event(
        customer_id=CUSTOMER,
        observed_by={"role": "salesperson", "staff_id": "S-salesperson"},
        topics=["infotainment", "service_request"],
        step=EASY_ACCESS,
        channel="email",
        vehicle={"vin": "VIN-1", "delivered_on": "2026-10-05"},
        facts={"contact": {"first_receiver": "sales"}},
    )


async def owner(services: RunningServices) -> dict[str, Any]:
    """The customer owner of the customer's one case."""
    (case,) = (await services.get(f"/v1/dealers/{DEALER}/cases", customer_id=CUSTOMER))["items"]
    return dict(case["customer_owner"])


async def test_the_chain_follows_the_first_acceptance_once(services: RunningServices) -> None:
    """Salesperson to service advisor to product specialist; a second acceptance repeats nothing."""
    event_id = await written_to_sales(services)
    before = (await services.get(f"/v1/events/{event_id}"))["decisions"]
    task = await services.task(SERVICE_REQUEST_TO_SERVICE_ADVISOR)
    await services.act(task["task_id"], "accept", "S-service_advisor")
    after = await services.get(f"/v1/events/{event_id}")
    assert after["decisions"][: len(before)] == before
    assert len(after["decisions"]) > len(before)
    assert {one["entry"] for one in after["tasks"]} == {
        SERVICE_REQUEST_TO_SERVICE_ADVISOR,
        EARLY_PROBLEM_TO_CLIENT_EXPERIENCE,
        EARLY_PROBLEM_TO_SALESPERSON,
        INFOTAINMENT_TO_PRODUCT_SPECIALIST,
    }
    await services.act(task["task_id"], "reassign", "S-service_advisor", to_staff_id="S-other")
    await services.act(task["task_id"], "accept", "S-other")
    assert await services.get(f"/v1/events/{event_id}") == after


async def test_the_customer_goes_where_the_matter_belongs(services: RunningServices) -> None:
    """To whoever accepts the matter for its department; never with the specialist's work. Clocks follow."""
    await written_to_sales(services)
    assert await owner(services) == {"role": "salesperson", "staff_id": "S-salesperson"}
    await services.act(
        (await services.task(SERVICE_REQUEST_TO_SERVICE_ADVISOR))["task_id"], "accept", "S-service_advisor"
    )
    assert await owner(services) == {"role": "service_advisor", "staff_id": "S-service_advisor"}
    running = (await services.get("/v1/sla/timers", dealer_id=DEALER, state="running"))["items"]
    of_case = [timer for timer in running if timer["subject"] == "case"]
    assert of_case
    assert {timer["owner"]["staff_id"] for timer in of_case} == {"S-service_advisor"}
    await services.act(
        (await services.task(INFOTAINMENT_TO_PRODUCT_SPECIALIST))["task_id"], "accept", "S-product_specialist"
    )
    assert await owner(services) == {"role": "service_advisor", "staff_id": "S-service_advisor"}


async def test_a_role_that_gave_a_matter_back_does_not_get_it_again(services: RunningServices) -> None:
    """The client experience manager decides, with the way it went in the packet."""
    await written_to_sales(services)
    task = await services.task(SERVICE_REQUEST_TO_SERVICE_ADVISOR)
    await services.act(task["task_id"], "accept", "S-service_advisor")
    await services.act(task["task_id"], "reassign", "S-service_advisor", to_role="salesperson")
    event_id = await written_to_sales(services)
    answer = await services.get(f"/v1/events/{event_id}")
    assert "owner_decision" in {decision["outcome"] for decision in answer["decisions"]}
    decision = await services.task("OWNER-DECISION")
    assert decision["to_role"] == "client_experience_manager"
    shown = await services.get(f"/v1/tasks/{decision['task_id']}")
    assert shown["packet"]["hops"][0]["role"] == "service_advisor"


async def test_a_suggestion_names_what_nobody_knows(services: RunningServices) -> None:
    """Recall at a dealer that has not said whether the customer is known: unknown facts suggest."""
    await services.add_customer("C-8")
    event_id = await services.post_event(
        customer_id="C-8", observed_by={"role": "salesperson"}, step=5, occurrences=["needs_conversation_held"]
    )
    answer = await services.get(f"/v1/events/{event_id}")
    suggested = {one["entry"] for one in answer["decisions"] if one["outcome"] == "suggested"}
    assert suggested <= {one["entry"] for one in answer["suggestions"]}


async def test_what_a_person_hands_over_meets_what_the_event_had_handed_over(services: RunningServices) -> None:
    seen = {"customer_id": CUSTOMER, "observed_by": {"role": "product_specialist"}, "topics": ["subscription"]}
    event_id = await services.post_event(**seen, step=REPAIR_VEHICLE, occurrences=["repair_order_opened"])
    made = await services.task("IN-07")
    wish = {"entry": "IN-07", "dealer_id": DEALER, "staff_id": "S-product_specialist", "event_id": event_id}
    answer = await services.client.post("/v1/handoffs", json=wish)
    assert (answer.status_code, answer.json()["task_id"]) == (201, made["task_id"])
