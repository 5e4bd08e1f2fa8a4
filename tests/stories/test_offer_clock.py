"""An offer is accepted within a quarter of an hour, or goes on to the next (T-46)."""

import pytest

from harness.names import EARLY_PROBLEM, EASY_ACCESS, INFOTAINMENT_TO_PRODUCT_SPECIALIST, OFFER_CLOCK
from harness.running_services import RunningServices

CUSTOMER = "C-7"


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """Two product specialists, open around the clock."""
    await services.open_dealer()
    await services.add_staff("S-second", ["product_specialist"])
    await services.add_customer(CUSTOMER, existing=True)


async def hand_over(services: RunningServices) -> str:
    """An infotainment problem of the first months goes to a product specialist."""
    observer = {"observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"}, "step": EASY_ACCESS}
    occurrences = [EARLY_PROBLEM]
    await services.post_event(customer_id=CUSTOMER, occurrences=occurrences, topics=["infotainment"], **observer)
    return str((await services.task(INFOTAINMENT_TO_PRODUCT_SPECIALIST))["task_id"])


async def test_accepting_ends_the_clock(services: RunningServices) -> None:
    """Accepted in the last second: met."""
    task_id = await hand_over(services)
    await services.advance(minutes=15)
    person = (await services.get(f"/v1/tasks/{task_id}"))["offered_to"]
    await services.act(task_id, "accept", person)
    timer = (await services.timers())[OFFER_CLOCK]
    assert (timer["state"], timer["breached_at"]) == ("completed", None)


async def test_silence_goes_on_to_the_next(services: RunningServices) -> None:
    """The first offer expires as a breach; the second has a clock of its own."""
    task_id = await hand_over(services)
    first = (await services.get(f"/v1/tasks/{task_id}"))["offered_to"]
    await services.advance(minutes=15, seconds=1)
    task = await services.get(f"/v1/tasks/{task_id}")
    assert task["status"] == "offered"
    assert {first, task["offered_to"]} == {"S-product_specialist", "S-second"}
    cycles = (await services.get("/v1/sla/timers", dealer_id="lisboa-01", rule=OFFER_CLOCK))["items"]
    states = {timer["cycle"]: (timer["state"], timer["breached_at"] is not None) for timer in cycles}
    assert states == {1: ("cancelled", True), 2: ("running", False)}


async def test_silence_of_all_ends_with_the_lead(services: RunningServices) -> None:
    """Nobody answers: the role's manager has it, without a clock."""
    task_id = await hand_over(services)
    await services.advance(minutes=15, seconds=1)
    await services.advance(minutes=15, seconds=1)
    task = await services.get(f"/v1/tasks/{task_id}")
    assert task["offered_to"] == "S-sales_manager"
    running = (await services.get("/v1/sla/timers", dealer_id="lisboa-01", rule=OFFER_CLOCK, state="running"))["items"]
    assert running == []


async def test_declining_ends_its_clock_and_starts_the_next(services: RunningServices) -> None:
    """A decline is no breach."""
    task_id = await hand_over(services)
    first = (await services.get(f"/v1/tasks/{task_id}"))["offered_to"]
    await services.act(task_id, "decline", first, reason="conflict")
    cycles = (await services.get("/v1/sla/timers", dealer_id="lisboa-01", rule=OFFER_CLOCK))["items"]
    states = {timer["cycle"]: (timer["state"], timer["breached_at"]) for timer in cycles}
    assert states == {1: ("cancelled", None), 2: ("running", None)}
