"""What is said to and by a customer: which case it belongs to, what it begins and ends."""

from datetime import timedelta
from typing import Any

import pytest

from harness.clocks import MovableClock
from harness.dealership import DEALER
from harness.names import EARLY_PROBLEM, EASY_ACCESS, INFOTAINMENT_TO_PRODUCT_SPECIALIST, MESSAGE_ANSWER, REPAIR_VEHICLE
from harness.running_services import RunningServices

CUSTOMER = "C-7"


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """Open around the clock, with one customer."""
    await services.open_dealer()
    await services.add_customer(CUSTOMER, existing=True)


async def open_case(services: RunningServices, **data: Any) -> str:
    """A matter of the customer's."""
    seen = {"customer_id": CUSTOMER, "observed_by": {"role": "service_advisor"}, "step": REPAIR_VEHICLE}
    event_id = await services.post_event(**{**seen, **data})
    return str((await services.get(f"/v1/events/{event_id}"))["case_id"])


async def test_it_belongs_to_the_newest_open_case(services: RunningServices, clock: MovableClock) -> None:
    """Unless case or task say otherwise."""
    first = await open_case(services, topics=["repair"])
    clock.advance(timedelta(minutes=1))
    second = await open_case(services, topics=["price"])
    outbound = {"customer_id": CUSTOMER, "direction": "outbound", "channel": "email", "kind": "update"}
    assert (await services.contact(**outbound))["case_id"] == second
    assert (await services.contact(**outbound, case_id=first))["case_id"] == first
    task = next(task for task in await services.tasks(case_id=second))
    assert (await services.contact(**outbound, task_id=task["task_id"]))["case_id"] == second
    shown = await services.get(f"/v1/dealers/{DEALER}/cases/{second}")
    assert len(shown["contacts"]) == 2


async def test_only_an_inbound_one_begins_a_case(services: RunningServices) -> None:
    """What we said to a customer without an open case belongs to none."""
    said = await services.contact(customer_id=CUSTOMER, direction="outbound", channel="email", kind="courtesy")
    assert said["case_id"] is None
    heard = await services.contact(customer_id=CUSTOMER, direction="inbound", channel="telephone")
    assert heard["case_id"] is not None


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"kind": None}, "/kind"),
        ({"at": "2026-11-23T10:05:01Z"}, "/at"),
        ({"at": "2026-11-23T10:00:00"}, "/at"),
        ({"case_id": "M-unknown"}, "/case_id"),
        ({"task_id": "unknown"}, "/task_id"),
        ({"staff_id": "S-unknown"}, "/staff_id"),
        ({"dealer_id": "elsewhere"}, "/dealer_id"),
        ({"channel": "pigeon"}, "/channel"),
        ({"outcome": "maybe"}, "/outcome"),
        ({"wish": 1}, "/wish"),
    ],
)
async def test_what_makes_no_sense_is_refused(services: RunningServices, wrong: dict[str, Any], pointer: str) -> None:
    """With a pointer to it."""
    body = {"customer_id": CUSTOMER, "direction": "outbound", "channel": "email", "kind": "answer", **wrong}
    refused = await services.contact(422, **body)
    assert [error["pointer"] for error in refused["errors"]] == [pointer]


async def test_five_minutes_ahead_is_near_enough(services: RunningServices) -> None:
    """Clocks differ."""
    await services.contact(customer_id=CUSTOMER, direction="inbound", channel="store", at="2026-11-23T10:05:00Z")


async def test_another_customers_case_is_unknown(services: RunningServices) -> None:
    """Neither its case nor its tasks."""
    case_id = await open_case(services, topics=["repair"], channel="message")
    body = {"customer_id": "C-8", "direction": "inbound", "channel": "email"}
    assert (await services.contact(422, **body, case_id=case_id))["errors"][0]["pointer"] == "/case_id"


async def test_completing_as_answered_is_a_contact(services: RunningServices) -> None:
    """It stops the clocks an answer stops, and nobody is reminded."""
    task = await handed_over(services)
    assert (await services.timers())[MESSAGE_ANSWER]["state"] == "running"
    await services.act(task["task_id"], "complete", f"S-{task['to_role']}", outcome="customer_answered")
    assert (await services.timers())[MESSAGE_ANSWER]["state"] == "completed"
    assert "CLOSE-LOOP" not in {one["entry"] for one in await services.tasks()}


async def test_the_owner_is_reminded_to_tell_the_customer(services: RunningServices) -> None:
    """Another role has done the work; an answer on the case, however given, completes the reminder."""
    task = await handed_over(services)
    await services.act(task["task_id"], "complete", f"S-{task['to_role']}", outcome="done")
    reminder = await services.task("CLOSE-LOOP")
    assert (reminder["kind"], reminder["mode"], reminder["matter"]) == ("reminder", "close_the_loop", task["matter"])
    assert (reminder["from_role"], reminder["to_role"]) == ("product_specialist", "service_advisor")
    assert reminder["offered_to"] == "S-service_advisor"
    spoken = {"direction": "outbound", "channel": "telephone", "kind": "answer"}
    await services.contact(customer_id=CUSTOMER, **spoken, outcome="voicemail")
    assert (await services.task("CLOSE-LOOP"))["status"] == "offered"
    await services.contact(customer_id=CUSTOMER, **spoken, outcome="spoke", staff_id="S-service_advisor")
    assert (await services.task("CLOSE-LOOP"))["status"] == "completed"


async def handed_over(services: RunningServices) -> dict[str, Any]:
    """A message about an infotainment problem, taken over by the product specialist."""
    observer = {"observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"}, "step": EASY_ACCESS}
    occurrences = [EARLY_PROBLEM]
    about = {"occurrences": occurrences, "topics": ["infotainment"], "channel": "message"}
    await services.post_event(customer_id=CUSTOMER, **observer, **about)
    task = await services.task(INFOTAINMENT_TO_PRODUCT_SPECIALIST)
    return dict(await services.act(task["task_id"], "accept", "S-product_specialist"))
