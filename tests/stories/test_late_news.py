"""What is heard of late counts when it happened, also where the case was closed or opened again meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from stage import DEALER, Stage

CUSTOMER, CASE = "C-7", "K-1"


@pytest.fixture(autouse=True)
async def dealership(stage: Stage) -> None:
    """Open around the clock, with one customer."""
    await stage.open_dealer()
    await stage.meet(CUSTOMER, existing=True)


async def seen(stage: Stage, **data: Any) -> str:
    """An event of the case, seen by a service advisor."""
    return await stage.post(
        customer_id=CUSTOMER, case_id=CASE, step=17, observed_by={"role": "service_advisor"}, **data
    )


async def close(stage: Stage) -> None:
    """The client experience manager closes the case."""
    body = {"staff_id": "S-client_experience_manager", "outcome": "satisfied"}
    answer = await stage.client.post(f"/v1/dealers/{DEALER}/cases/{CASE}/close", json=body)
    assert answer.status_code == 200, answer.text
    await stage.settle()


async def standing(stage: Stage) -> dict[tuple[str, int], tuple[str, str]]:
    """State and due time of the case's clocks, by rule and cycle."""
    timers = (await stage.get("/v1/sla/timers", dealer_id=DEALER))["items"]
    of_case = [timer for timer in timers if timer["subject"] == "case"]
    return {(timer["rule"], timer["cycle"]): (timer["state"], timer["due_at"]) for timer in of_case}


async def test_an_answer_before_the_closing_is_met_though_heard_of_after_it(stage: Stage) -> None:
    """The closing had cancelled the clock of the answer."""
    await seen(stage, channel="message")
    given = stage.clock() + timedelta(minutes=5)
    await stage.advance(minutes=30)
    await close(stage)
    assert (await stage.timers())["T-03"]["state"] == "cancelled"
    await stage.advance(minutes=30)
    said = {"direction": "outbound", "channel": "email", "kind": "answer", "at": given.isoformat()}
    await stage.contact(customer_id=CUSTOMER, case_id=CASE, **said)
    timer = (await stage.timers())["T-03"]
    assert (timer["state"], timer["breached_at"]) == ("completed", None)
    assert ("T-03", "corrected") in await stage.sla_records()


async def test_late_news_of_a_case_opened_again_leaves_its_new_cycle(stage: Stage) -> None:
    """A call in vain, told of hours later, changes nothing of the clocks that began with the reopening."""
    await seen(stage, facts={"feedback": {"sentiment": "negative", "about": ["service"]}})
    await stage.advance(hours=2)
    await close(stage)
    await stage.advance(hours=2)
    await seen(stage, topics=["infotainment"])
    before = await standing(stage)
    assert before["T-33", 2][0] == "running"
    await stage.advance(hours=2)
    at = (stage.clock() - timedelta(hours=5)).isoformat()
    vain = {"direction": "outbound", "channel": "telephone", "kind": "update", "outcome": "no_answer", "at": at}
    await stage.contact(customer_id=CUSTOMER, case_id=CASE, **vain)
    assert await standing(stage) == before


async def test_a_message_before_the_last_closing_runs_no_clock_after_it(stage: Stage) -> None:
    """That closing had no clock to end, and an earlier one had."""
    await seen(stage, channel="message")
    await stage.advance(minutes=5)
    await close(stage)
    await stage.advance(minutes=5)
    await seen(stage, channel="store")
    written = await stage.advance(minutes=5)
    await stage.advance(minutes=5)
    await close(stage)
    await stage.advance(hours=2)
    await stage.contact(
        customer_id=CUSTOMER, case_id=CASE, direction="inbound", channel="email", at=written.isoformat()
    )
    assert {state for state, _ in (await standing(stage)).values()} == {"cancelled"}
    assert "breached" not in {kind for _, kind in await stage.sla_records()}
