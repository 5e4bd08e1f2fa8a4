"""Which case an event joins, when a case is opened again, when it closes by itself."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from harness.clocks import MovableClock
from harness.dealership import DEALER
from harness.names import FORECAST, PERFORMANCE_REVIEW, REPAIR_VEHICLE
from harness.running_services import RunningServices

CUSTOMER = "C-7"
ADVISOR = {"observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"}, "step": REPAIR_VEHICLE}


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """Open around the clock, with one customer."""
    await services.open_dealer()
    await services.add_customer(CUSTOMER, existing=True)


async def case_of(services: RunningServices, **data: Any) -> str:
    """The case an event of the customer comes to."""
    event_id = await services.post_event(**{"customer_id": CUSTOMER, **ADVISOR, **data})
    return str((await services.get(f"/v1/events/{event_id}"))["case_id"])


async def cases(services: RunningServices, **filters: Any) -> list[dict[str, Any]]:
    """The dealer's cases."""
    return list((await services.get(f"/v1/dealers/{DEALER}/cases", **filters))["items"])


async def close(services: RunningServices, case_id: str, status: int = 200, **body: Any) -> dict[str, Any]:
    """Somebody closes a case."""
    given = {"staff_id": "S-client_experience_manager", "outcome": "satisfied", **body}
    answer = await services.client.post(f"/v1/dealers/{DEALER}/cases/{case_id}/close", json=given)
    assert answer.status_code == status, answer.text
    await services.settle()
    return dict(answer.json())


async def test_topics_decide_between_matters(services: RunningServices) -> None:
    """Topics that meet are one matter; others another; none meets the newest."""
    repair = await case_of(services, topics=["repair"])
    price = await case_of(services, topics=["price"], observed_by={"role": "salesperson"}, step=9)
    assert repair != price
    assert await case_of(services, topics=["repair", "warranty"]) == repair
    assert await case_of(services, topics=["warranty"]) == repair
    services.clock.advance(timedelta(minutes=1))
    assert await case_of(services, topics=["price"], observed_by={"role": "salesperson"}, step=9) == price
    assert await case_of(services) == price


async def test_two_vehicles_are_two_matters(services: RunningServices) -> None:
    """The same VIN, or unknown on one side."""
    first = await case_of(services, topics=["repair"], vehicle={"vin": "VIN-1"})
    second = await case_of(services, topics=["repair"], vehicle={"vin": "VIN-2"})
    assert first != second
    assert await case_of(services, topics=["repair"], vehicle={"vin": "VIN-1"}) == first


async def test_what_a_case_keeps(services: RunningServices) -> None:
    """Topics and claims are united, the last of other facts wins, facts of one event are not kept."""
    await case_of(services, topics=["warranty"], vehicle={"vin": "VIN-1", "plate": "AA-00-BB"})
    facts = {"mobility": {"option": "taxi"}, "visit": {"appointment": True}, "claims": ["goodwill"]}
    case_id = await case_of(services, topics=["warranty", "repair"], facts=facts)
    case = await services.get(f"/v1/dealers/{DEALER}/cases/{case_id}")
    assert case["topics"] == ["warranty", "repair"]
    assert case["facts"]["mobility"] == {"option": "taxi"}
    assert sorted(case["facts"]["claims"]) == ["goodwill", "warranty"]
    assert "visit" not in case["facts"]
    assert case["vehicle"]["plate"] == "AA-00-BB"
    assert case["customer_owner"] == {"role": "service_advisor", "staff_id": "S-service_advisor"}


async def test_vehicles_and_profiles_begin_and_fill(services: RunningServices) -> None:
    """An event fills gaps of a vehicle's record and never changes what it says."""
    await case_of(services, vehicle={"vin": "VIN-9", "delivered_on": "2026-10-02"})
    await case_of(services, vehicle={"vin": "VIN-9", "delivered_on": "2020-01-01", "plate": "AA-00-BB"})
    record = await services.vehicle("VIN-9")
    assert record == {"customer_id": CUSTOMER, "delivered_on": "2026-10-02", "plate": "AA-00-BB"}
    await services.post_event(customer_id="C-unknown", **ADVISOR)
    assert (await services.get(f"/v1/dealers/{DEALER}/customers/C-unknown"))["customer_id"] == "C-unknown"


async def test_a_named_case_is_opened_again(services: RunningServices) -> None:
    """Named within 30 days of its closing it is open again; unnamed events go elsewhere."""
    assert await case_of(services, case_id="M-1", topics=["repair"]) == "M-1"
    await close(services, "M-1")
    assert await case_of(services, topics=["repair"]) != "M-1"
    await services.advance(days=30)
    assert await case_of(services, case_id="M-1") == "M-1"
    assert (await services.get(f"/v1/dealers/{DEALER}/cases/M-1"))["status"] == "open"


async def test_what_happens_to_no_customer(services: RunningServices, clock: MovableClock) -> None:
    """The same day and a shared occurrence are one case, without a customer owner; the next day is another."""
    manager = {"observed_by": {"role": "sales_manager"}, "customer_id": None, "step": None}
    first = await case_of(services, occurrences=[PERFORMANCE_REVIEW], **manager)
    assert await case_of(services, occurrences=[PERFORMANCE_REVIEW, FORECAST], **manager) == first
    assert await case_of(services, occurrences=["sales_coordination_due"], **manager) != first
    await services.advance(days=1)
    assert await case_of(services, occurrences=[PERFORMANCE_REVIEW], **manager) != first
    assert (await services.get(f"/v1/dealers/{DEALER}/cases/{first}"))["customer_owner"] is None


async def test_a_step_is_a_step(services: RunningServices) -> None:
    """A customer's event has a case, task or not; the dealer's own step has none."""
    event_id = await services.post_event(customer_id=CUSTOMER, observed_by={"role": "salesperson"}, step=2)
    answer = await services.get(f"/v1/events/{event_id}")
    assert answer["case_id"] is not None
    assert answer["decisions"] == []
    nobody = await services.post_event(observed_by={"role": "salesperson"}, step=2)
    assert (await services.get(f"/v1/events/{nobody}"))["case_id"] is None
    assert await services.tasks() == []


async def test_who_may_close(services: RunningServices) -> None:
    """The customer owner, the lead of its role, the client experience manager."""
    case_id = await case_of(services, topics=["repair"])
    refused = await close(services, case_id, 409, staff_id="S-salesperson")
    assert refused["title"] == "not_yours"
    await close(services, case_id, staff_id="S-service_manager")
    assert (await close(services, case_id, staff_id="S-service_advisor"))["status"] == "closed"
    await close(services, case_id, 409, outcome="other")


async def test_interacts_close_with_their_case(services: RunningServices) -> None:
    """Delivers stay with whoever works them."""
    case_id = await case_of(services, topics=["repurchase"], occurrences=["repurchase_interest_expressed"], step=20)
    await close(services, case_id)
    assert {(task["kind"], task["status"]) for task in await services.tasks()} == {
        ("interact", "cancelled"),
        ("deliver", "offered"),
    }


async def test_an_idle_case_closes(services: RunningServices) -> None:
    """After so many days without open deliver or running customer clock; its interacts close too."""
    quiet = await case_of(services)
    await services.advance(days=13, hours=23)
    assert await cases(services, status="closed") == []
    await services.advance(hours=1)
    assert [case["case_id"] for case in await cases(services, status="closed")] == [quiet]


async def test_whatever_happens_puts_the_closing_off(services: RunningServices) -> None:
    """So many days from the last that happened, to the second."""
    case_id = await case_of(services)
    await services.advance(days=10)
    await services.contact(
        customer_id=CUSTOMER, case_id=case_id, direction="outbound", channel="telephone", kind="update"
    )
    await services.advance(days=4)
    await services.advance(days=9, hours=23, minutes=59, seconds=59)
    assert await cases(services, status="closed") == []
    await services.advance(seconds=1)
    assert [case["case_id"] for case in await cases(services, status="closed")] == [case_id]


async def test_open_work_keeps_a_case_open(services: RunningServices) -> None:
    """An open deliver, or a clock of the customer that runs."""
    await case_of(services, topics=["repurchase"], occurrences=["repurchase_interest_expressed"], step=20)
    await case_of(services, topics=["price"], channel="message")
    for _ in range(5):
        await services.advance(days=14)
    assert await cases(services, status="closed") == []


async def test_the_closing_waits_a_whole_span_once_the_work_has_ended(services: RunningServices) -> None:
    """The deliver is completed long after the case would have been idle without it."""
    case_id = await case_of(services, topics=["repurchase"], occurrences=["repurchase_interest_expressed"], step=20)
    await services.advance(days=20)
    for task in await services.tasks(kind="deliver"):
        await services.act(task["task_id"], "accept", task["offered_to"])
        await services.act(task["task_id"], "complete", task["offered_to"], outcome="not_needed")
    await services.advance(days=8)
    await services.advance(days=5, hours=23)
    assert await cases(services, status="closed") == []
    await services.advance(hours=1)
    assert [case["case_id"] for case in await cases(services, status="closed")] == [case_id]


async def test_a_case_opened_again_may_be_idle_again(services: RunningServices) -> None:
    """Closed by hand, opened again by an event that names it."""
    case_id = await case_of(services)
    await services.advance(days=3)
    await close(services, case_id, staff_id="S-service_manager")
    assert await case_of(services, case_id=case_id) == case_id
    await services.advance(days=13)
    assert [case["case_id"] for case in await cases(services, status="open")] == [case_id]
    await services.advance(days=1)
    assert [case["case_id"] for case in await cases(services, status="closed")] == [case_id]


async def test_a_shorter_span_of_the_dealer_counts_from_now_on(services: RunningServices) -> None:
    """The tables of the dealer are edited while the case is quiet."""
    case_id = await case_of(services)
    await services.advance(days=2)
    record = await services.get(f"/v1/dealers/{DEALER}")
    edited = {"name": record["name"], "time_zone": record["time_zone"], "tables": {"case_idle_days": 5}}
    answer = await services.client.put(f"/v1/dealers/{DEALER}", json=edited)
    assert answer.status_code == 200, answer.text
    await services.advance(days=2, hours=23)
    assert await cases(services, status="closed") == []
    await services.advance(hours=1)
    assert [case["case_id"] for case in await cases(services, status="closed")] == [case_id]


async def test_an_old_event_does_not_age_its_case(services: RunningServices, clock: MovableClock) -> None:
    """What came late is still news."""
    late = (clock() - timedelta(days=29)).isoformat()
    event_id = await services.post_event(
        customer_id=CUSTOMER, at=datetime.fromisoformat(late), topics=["repair"], **ADVISOR
    )
    await services.advance(days=13)
    assert await cases(services, status="closed") == []
    assert (await services.get(f"/v1/events/{event_id}"))["case_id"] is not None
