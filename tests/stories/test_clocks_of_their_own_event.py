"""The clocks of an event stand under that event, and nobody the dealer does not know owns them."""

from datetime import timedelta
from typing import Any

import pytest

from harness.dealership import DEALER
from harness.running_services import RunningServices

CUSTOMER = "C-7"


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """Open around the clock, with one customer."""
    await services.open_dealer()
    await services.add_customer(CUSTOMER, existing=True)


async def seen(services: RunningServices, staff_id: str = "S-service_advisor", **data: Any) -> str:
    """A message of the customer, seen by a service advisor."""
    observer = {"role": "service_advisor", "staff_id": staff_id}
    return await services.post_event(customer_id=CUSTOMER, step=17, channel="message", observed_by=observer, **data)


async def under(services: RunningServices) -> dict[str, list[str]]:
    """The rules of the clocks under each event of the journey."""
    journey = await services.get(f"/v1/dealers/{DEALER}/customers/{CUSTOMER}/journey")
    return {step["event_id"]: [timer["rule"] for timer in step["timers"]] for step in journey["steps"]}


@pytest.mark.parametrize("milliseconds", [0, 1, 499, 999])
async def test_the_clocks_of_an_event_stand_under_it(services: RunningServices, milliseconds: int) -> None:
    """Clocks count from the second, events from whatever part of it."""
    first = await services.post_event(customer_id=CUSTOMER, step=3, observed_by={"role": "salesperson"})
    services.clock.advance(timedelta(minutes=1, milliseconds=milliseconds))
    second = await seen(services)
    placed = await under(services)
    assert "T-03" in placed[second]
    assert "T-03" not in placed[first]


async def test_two_events_of_one_second_keep_their_own_clocks(services: RunningServices) -> None:
    """The later one of a second does not take the clock of the one before it."""
    services.clock.advance(timedelta(milliseconds=100))
    first = await seen(services)
    services.clock.advance(timedelta(milliseconds=300))
    second = await services.post_event(customer_id=CUSTOMER, step=17, observed_by={"role": "salesperson"})
    placed = await under(services)
    assert "T-03" in placed[first]
    assert "T-03" not in placed[second]


@pytest.mark.parametrize("staff_id", ["xx9", "s-service_advisor", "S-service_advisor-2", CUSTOMER, DEALER])
async def test_a_person_the_dealer_does_not_know_owns_nothing(services: RunningServices, staff_id: str) -> None:
    """It stands on the event as it was sent, and nowhere else."""
    event_id = await seen(services, staff_id, topics=["repair"])
    event = await services.get(f"/v1/events/{event_id}")
    case = await services.get(f"/v1/dealers/{DEALER}/cases/{event['case_id']}")
    assert case["customer_owner"] == {"role": "service_advisor", "staff_id": None}
    timers = (await services.get("/v1/sla/timers", dealer_id=DEALER))["items"]
    assert timers
    assert staff_id not in {timer["owner"]["staff_id"] for timer in timers}
    tasks = (await services.get("/v1/tasks", dealer_id=DEALER))["items"]
    assert staff_id not in {task[name] for task in tasks for name in ("offered_to", "assignee_id")}
    journey = await services.get(f"/v1/dealers/{DEALER}/customers/{CUSTOMER}/journey")
    kept = {step["event_id"]: step["observed_by"]["staff_id"] for step in journey["steps"]}
    assert kept[event_id] == staff_id
