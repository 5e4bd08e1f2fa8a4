"""A case opened again has its clocks, and those of its offers; what is heard of late finds every turn it took."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from harness.dealership import DEALER
from harness.names import (
    EARLY_PROBLEM,
    EASY_ACCESS,
    INFOTAINMENT_TO_PRODUCT_SPECIALIST,
    MESSAGE_ANSWER,
    OFFER_CLOCK,
    REMOTE_ENQUIRY_ANSWER,
    REPAIR_VEHICLE,
)
from harness.running_services import RunningServices
from harness.verification import at_odds, clocks_at_odds
from shared.playbook.ruleset.entries import Playbook

CUSTOMER, CASE = "C-7", "K-1"
MANAGER = "S-client_experience_manager"
TURNS = text("select action, at, by, outcome, event_id from case_status_change order by change_id")


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """Open around the clock, with one customer."""
    await services.open_dealer()
    await services.add_customer(CUSTOMER, existing=True)


async def seen(services: RunningServices, **data: Any) -> str:
    """An event of the case, seen by a service advisor."""
    observer = {"role": "service_advisor", "staff_id": "S-service_advisor"}
    return await services.post_event(
        customer_id=CUSTOMER, case_id=CASE, observed_by=observer, **{"step": REPAIR_VEHICLE, **data}
    )


async def close(services: RunningServices, outcome: str = "satisfied") -> datetime:
    """The client experience manager closes the case; answers when."""
    body = {"staff_id": MANAGER, "outcome": outcome}
    answer = await services.client.post(f"/v1/dealers/{DEALER}/cases/{CASE}/close", json=body)
    assert answer.status_code == 200, answer.text
    await services.settle()
    return services.clock()


async def states(services: RunningServices, rule: str) -> dict[int, str]:
    """The states of a rule's clocks, by cycle."""
    return {timer["cycle"]: timer["state"] for timer in await services.timers_of(rule)}


async def test_what_was_offered_is_offered_anew(services: RunningServices, playbook: Playbook) -> None:
    """To the same person, with a whole quarter of an hour; what somebody has accepted stays as it is."""
    problem = {"occurrences": [EARLY_PROBLEM], "topics": ["infotainment"], "step": EASY_ACCESS}
    await seen(services, **problem)
    task = await services.task(INFOTAINMENT_TO_PRODUCT_SPECIALIST)
    assert task["status"] == "offered"
    await services.advance(minutes=10)
    await close(services)
    assert (await states(services, OFFER_CLOCK))[1] == "cancelled"
    await services.advance(hours=1)
    reopened = services.clock()
    await seen(services, channel="store")
    again = await services.get(f"/v1/tasks/{task['task_id']}")
    assert (again["status"], again["offered_to"]) == ("offered", task["offered_to"])
    of_task = [timer for timer in await services.timers_of(OFFER_CLOCK) if timer["task_id"] == task["task_id"]]
    assert [timer["state"] for timer in of_task] == ["cancelled", "running"]
    assert datetime.fromisoformat(of_task[1]["due_at"]) == reopened + timedelta(minutes=15)
    history = (await services.get(f"/v1/tasks/{task['task_id']}/history"))["items"]
    assert [step["action"] for step in history][-1] == "offered"
    assert await clocks_at_odds(services, playbook) == []
    await services.act(task["task_id"], "accept", task["offered_to"])
    await close(services)
    await seen(services, channel="store")
    assert (await services.get(f"/v1/tasks/{task['task_id']}"))["status"] == "accepted"
    assert await clocks_at_odds(services, playbook) == []


async def test_an_offer_made_since_the_closing_keeps_its_clock(services: RunningServices, playbook: Playbook) -> None:
    """Declined while the case was closed, the task went on to the next, who has a clock."""
    await services.add_staff("S-second", ["product_specialist"])
    await seen(services, occurrences=[EARLY_PROBLEM], topics=["infotainment"], step=EASY_ACCESS)
    task = await services.task(INFOTAINMENT_TO_PRODUCT_SPECIALIST)
    await close(services)
    await services.advance(minutes=1)
    await services.act(task["task_id"], "decline", task["offered_to"], reason="conflict")
    await services.advance(minutes=5)
    await seen(services, channel="store")
    of_task = [timer for timer in await services.timers_of(OFFER_CLOCK) if timer["task_id"] == task["task_id"]]
    assert [timer["state"] for timer in of_task] == ["cancelled", "running"]
    assert datetime.fromisoformat(of_task[1]["due_at"]) == services.clock() + timedelta(minutes=10)
    assert await clocks_at_odds(services, playbook) == []


async def test_what_was_done_while_the_case_was_closed_reminds_nobody(
    services: RunningServices, playbook: Playbook
) -> None:
    """Nor does a verification miss the reminder, once the case is open again."""
    await seen(services, occurrences=[EARLY_PROBLEM], topics=["infotainment"], step=EASY_ACCESS)
    task = await services.task(INFOTAINMENT_TO_PRODUCT_SPECIALIST)
    await services.act(task["task_id"], "accept", task["offered_to"])
    await services.advance(minutes=1)
    await close(services)
    await services.advance(minutes=1)
    await services.act(task["task_id"], "complete", task["offered_to"])
    assert await at_odds(services, playbook) == []
    await services.advance(minutes=1)
    await seen(services, channel="store")
    assert "CLOSE-LOOP" not in {one["entry"] for one in await services.tasks(case_id=CASE)}
    assert await at_odds(services, playbook) == []


async def test_every_turn_is_kept_with_who_closed_it(services: RunningServices) -> None:
    """The case itself knows only how it stands now."""
    await seen(services, channel="store")
    first = await close(services, "unsatisfied")
    reopened = await services.advance(hours=1)
    event_id = await seen(services, channel="store")
    await services.advance(hours=1)
    second = await close(services)
    turns = [tuple(row.values()) for row in await services.rows(TURNS)]
    assert turns == [
        ("closed", first, MANAGER, "unsatisfied", None),
        ("reopened", reopened, None, None, event_id),
        ("closed", second, MANAGER, "satisfied", None),
    ]


async def test_a_message_before_a_closing_runs_no_clock_though_the_case_is_open_again(
    services: RunningServices, playbook: Playbook
) -> None:
    """The closing came after it and had no clock to end."""
    await seen(services, channel="store")
    written = await services.advance(minutes=5)
    await services.advance(minutes=5)
    await close(services)
    await services.advance(minutes=5)
    await seen(services, channel="store")
    await services.advance(hours=2)
    await services.contact(
        customer_id=CUSTOMER, case_id=CASE, direction="inbound", channel="email", at=written.isoformat()
    )
    assert await states(services, REMOTE_ENQUIRY_ANSWER) == {1: "cancelled"}
    assert "breached" not in {kind for _, kind in await services.sla_records()}
    assert await clocks_at_odds(services, playbook) == []


async def test_an_old_message_that_opens_the_case_again_is_answered_in_time(
    services: RunningServices, playbook: Playbook
) -> None:
    """Written before the closing and delivered after it: the clock runs from when it was written."""
    await seen(services, channel="store")
    written = await services.advance(minutes=5)
    await services.advance(minutes=5)
    await close(services)
    await services.advance(minutes=5)
    await seen(services, channel="message", at=written)
    timer = (await services.timers())[MESSAGE_ANSWER]
    assert timer["state"] == "running"
    assert datetime.fromisoformat(timer["due_at"]) == written + timedelta(hours=1)
    assert await clocks_at_odds(services, playbook) == []
    await services.advance(minutes=5)
    vain = {"direction": "outbound", "channel": "telephone", "kind": "update", "outcome": "no_answer"}
    await services.contact(customer_id=CUSTOMER, case_id=CASE, at=written.isoformat(), **vain)
    assert await states(services, MESSAGE_ANSWER) == {1: "running"}
    await services.contact(customer_id=CUSTOMER, case_id=CASE, direction="outbound", channel="email", kind="answer")
    assert await states(services, MESSAGE_ANSWER) == {1: "completed"}
    assert await clocks_at_odds(services, playbook) == []
