"""What is heard of late counts when it happened, also where the case was closed or opened again meanwhile."""

from datetime import timedelta
from typing import Any

import pytest

from harness.dealership import DEALER
from harness.names import MESSAGE_ANSWER, NEGATIVE_FEEDBACK_SOLUTION, REPAIR_VEHICLE
from harness.running_services import RunningServices

CUSTOMER, CASE = "C-7", "K-1"


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """Open around the clock, with one customer."""
    await services.open_dealer()
    await services.add_customer(CUSTOMER, existing=True)


async def seen(services: RunningServices, **data: Any) -> str:
    """An event of the case, seen by a service advisor."""
    return await services.post_event(
        customer_id=CUSTOMER, case_id=CASE, step=REPAIR_VEHICLE, observed_by={"role": "service_advisor"}, **data
    )


async def close(services: RunningServices) -> None:
    """The client experience manager closes the case."""
    body = {"staff_id": "S-client_experience_manager", "outcome": "satisfied"}
    answer = await services.client.post(f"/v1/dealers/{DEALER}/cases/{CASE}/close", json=body)
    assert answer.status_code == 200, answer.text
    await services.settle()


async def standing(services: RunningServices) -> dict[tuple[str, int], tuple[str, str]]:
    """State and due time of the case's clocks, by rule and cycle."""
    timers = (await services.get("/v1/sla/timers", dealer_id=DEALER))["items"]
    of_case = [timer for timer in timers if timer["subject"] == "case"]
    return {(timer["rule"], timer["cycle"]): (timer["state"], timer["due_at"]) for timer in of_case}


async def test_an_answer_before_the_closing_is_met_though_heard_of_after_it(services: RunningServices) -> None:
    """The closing had cancelled the clock of the answer."""
    await seen(services, channel="message")
    given = services.clock() + timedelta(minutes=5)
    await services.advance(minutes=30)
    await close(services)
    assert (await services.timers())[MESSAGE_ANSWER]["state"] == "cancelled"
    await services.advance(minutes=30)
    said = {"direction": "outbound", "channel": "email", "kind": "answer", "at": given.isoformat()}
    await services.contact(customer_id=CUSTOMER, case_id=CASE, **said)
    timer = (await services.timers())[MESSAGE_ANSWER]
    assert (timer["state"], timer["breached_at"]) == ("completed", None)
    assert (MESSAGE_ANSWER, "corrected") in await services.sla_records()


async def test_late_news_of_a_case_opened_again_leaves_its_new_cycle(services: RunningServices) -> None:
    """A call in vain, told of hours later, changes nothing of the clocks that began with the reopening."""
    await seen(services, facts={"feedback": {"sentiment": "negative", "about": ["service"]}})
    await services.advance(hours=2)
    await close(services)
    await services.advance(hours=2)
    await seen(services, topics=["infotainment"])
    before = await standing(services)
    assert before[NEGATIVE_FEEDBACK_SOLUTION, 2][0] == "running"
    await services.advance(hours=2)
    at = (services.clock() - timedelta(hours=5)).isoformat()
    vain = {"direction": "outbound", "channel": "telephone", "kind": "update", "outcome": "no_answer", "at": at}
    await services.contact(customer_id=CUSTOMER, case_id=CASE, **vain)
    assert await standing(services) == before


async def test_a_message_before_the_last_closing_runs_no_clock_after_it(services: RunningServices) -> None:
    """That closing had no clock to end, and an earlier one had."""
    await seen(services, channel="message")
    await services.advance(minutes=5)
    await close(services)
    await services.advance(minutes=5)
    await seen(services, channel="store")
    written = await services.advance(minutes=5)
    await services.advance(minutes=5)
    await close(services)
    await services.advance(hours=2)
    await services.contact(
        customer_id=CUSTOMER, case_id=CASE, direction="inbound", channel="email", at=written.isoformat()
    )
    assert {state for state, _ in (await standing(services)).values()} == {"cancelled"}
    assert "breached" not in {kind for _, kind in await services.sla_records()}
