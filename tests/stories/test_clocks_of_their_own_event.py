"""The clocks of an event stand under that event, and nobody the dealer does not know owns them."""

from datetime import timedelta
from typing import Any

import pytest
from stage import DEALER, Stage

CUSTOMER = "C-7"


@pytest.fixture(autouse=True)
async def dealership(stage: Stage) -> None:
    """Open around the clock, with one customer."""
    await stage.open_dealer()
    await stage.meet(CUSTOMER, existing=True)


async def seen(stage: Stage, staff_id: str = "S-service_advisor", **data: Any) -> str:
    """A message of the customer, seen by a service advisor."""
    observer = {"role": "service_advisor", "staff_id": staff_id}
    return await stage.post(customer_id=CUSTOMER, step=17, channel="message", observed_by=observer, **data)


async def under(stage: Stage) -> dict[str, list[str]]:
    """The rules of the clocks under each event of the journey."""
    journey = await stage.get(f"/v1/dealers/{DEALER}/customers/{CUSTOMER}/journey")
    return {step["event_id"]: [timer["rule"] for timer in step["timers"]] for step in journey["steps"]}


@pytest.mark.parametrize("milliseconds", [0, 1, 499, 999])
async def test_the_clocks_of_an_event_stand_under_it(stage: Stage, milliseconds: int) -> None:
    """Clocks count from the second, events from whatever part of it."""
    first = await stage.post(customer_id=CUSTOMER, step=3, observed_by={"role": "salesperson"})
    stage.clock.advance(timedelta(minutes=1, milliseconds=milliseconds))
    second = await seen(stage)
    placed = await under(stage)
    assert "T-03" in placed[second]
    assert "T-03" not in placed[first]


async def test_two_events_of_one_second_keep_their_own_clocks(stage: Stage) -> None:
    """The later one of a second does not take the clock of the one before it."""
    stage.clock.advance(timedelta(milliseconds=100))
    first = await seen(stage)
    stage.clock.advance(timedelta(milliseconds=300))
    second = await stage.post(customer_id=CUSTOMER, step=17, observed_by={"role": "salesperson"})
    placed = await under(stage)
    assert "T-03" in placed[first]
    assert "T-03" not in placed[second]


@pytest.mark.parametrize("staff_id", ["xx9", "s-service_advisor", "S-service_advisor-2"])
async def test_a_person_the_dealer_does_not_know_owns_nothing(stage: Stage, staff_id: str) -> None:
    """It stands on the event as it was sent, and nowhere else."""
    event_id = await seen(stage, staff_id, topics=["repair"])
    event = await stage.get(f"/v1/events/{event_id}")
    case = await stage.get(f"/v1/dealers/{DEALER}/cases/{event['case_id']}")
    assert case["customer_owner"] == {"role": "service_advisor", "staff_id": None}
    timers = (await stage.get("/v1/sla/timers", dealer_id=DEALER))["items"]
    assert timers
    assert staff_id not in {timer["owner"]["staff_id"] for timer in timers}
    tasks = (await stage.get("/v1/tasks", dealer_id=DEALER))["items"]
    assert staff_id not in {task[name] for task in tasks for name in ("offered_to", "assignee_id")}
    journey = await stage.get(f"/v1/dealers/{DEALER}/customers/{CUSTOMER}/journey")
    kept = {step["event_id"]: step["observed_by"]["staff_id"] for step in journey["steps"]}
    assert kept[event_id] == staff_id
