"""A case opened again has its clocks, and those of its offers; what is heard of late finds every turn it took."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from stage import DEALER, Stage
from verifying import at_odds, clocks_at_odds

from shared.playbook.ruleset.entries import Playbook

CUSTOMER, CASE = "C-7", "K-1"
MANAGER = "S-client_experience_manager"
TURNS = text("select action, at, by, outcome, event_id from case_turn order by turn_id")


@pytest.fixture(autouse=True)
async def dealership(stage: Stage) -> None:
    """Open around the clock, with one customer."""
    await stage.open_dealer()
    await stage.meet(CUSTOMER, existing=True)


async def seen(stage: Stage, **data: Any) -> str:
    """An event of the case, seen by a service advisor."""
    observer = {"role": "service_advisor", "staff_id": "S-service_advisor"}
    return await stage.post(customer_id=CUSTOMER, case_id=CASE, observed_by=observer, **{"step": 17, **data})


async def close(stage: Stage, outcome: str = "satisfied") -> datetime:
    """The client experience manager closes the case; answers when."""
    body = {"staff_id": MANAGER, "outcome": outcome}
    answer = await stage.client.post(f"/v1/dealers/{DEALER}/cases/{CASE}/close", json=body)
    assert answer.status_code == 200, answer.text
    await stage.settle()
    return stage.clock()


async def states(stage: Stage, rule: str) -> dict[int, str]:
    """The states of a rule's clocks, by cycle."""
    return {timer["cycle"]: timer["state"] for timer in await stage.timers_of(rule)}


async def test_what_was_offered_is_offered_anew(stage: Stage, playbook: Playbook) -> None:
    """To the same person, with a whole quarter of an hour; what somebody has accepted stays as it is."""
    problem = {"occurrences": ["early_ownership_problem_reported"], "topics": ["infotainment"], "step": 13}
    await seen(stage, **problem)
    task = await stage.task("SA-07-01-c")
    assert task["status"] == "offered"
    await stage.advance(minutes=10)
    await close(stage)
    assert (await states(stage, "T-46"))[1] == "cancelled"
    await stage.advance(hours=1)
    reopened = stage.clock()
    await seen(stage, channel="store")
    again = await stage.get(f"/v1/tasks/{task['task_id']}")
    assert (again["status"], again["offered_to"]) == ("offered", task["offered_to"])
    of_task = [timer for timer in await stage.timers_of("T-46") if timer["task_id"] == task["task_id"]]
    assert [timer["state"] for timer in of_task] == ["cancelled", "running"]
    assert datetime.fromisoformat(of_task[1]["due_at"]) == reopened + timedelta(minutes=15)
    history = (await stage.get(f"/v1/tasks/{task['task_id']}/history"))["items"]
    assert [step["action"] for step in history][-1] == "offered"
    assert await clocks_at_odds(stage, playbook) == []
    await stage.act(task["task_id"], "accept", task["offered_to"])
    await close(stage)
    await seen(stage, channel="store")
    assert (await stage.get(f"/v1/tasks/{task['task_id']}"))["status"] == "accepted"
    assert await clocks_at_odds(stage, playbook) == []


async def test_an_offer_made_since_the_closing_keeps_its_clock(stage: Stage, playbook: Playbook) -> None:
    """Declined while the case was closed, the task went on to the next, who has a clock."""
    await stage.hire("S-second", ["product_specialist"])
    await seen(stage, occurrences=["early_ownership_problem_reported"], topics=["infotainment"], step=13)
    task = await stage.task("SA-07-01-c")
    await close(stage)
    await stage.advance(minutes=1)
    await stage.act(task["task_id"], "decline", task["offered_to"], reason="conflict")
    await stage.advance(minutes=5)
    await seen(stage, channel="store")
    of_task = [timer for timer in await stage.timers_of("T-46") if timer["task_id"] == task["task_id"]]
    assert [timer["state"] for timer in of_task] == ["cancelled", "running"]
    assert datetime.fromisoformat(of_task[1]["due_at"]) == stage.clock() + timedelta(minutes=10)
    assert await clocks_at_odds(stage, playbook) == []


async def test_what_was_done_while_the_case_was_closed_reminds_nobody(stage: Stage, playbook: Playbook) -> None:
    """Nor does a verification miss the reminder, once the case is open again."""
    await seen(stage, occurrences=["early_ownership_problem_reported"], topics=["infotainment"], step=13)
    task = await stage.task("SA-07-01-c")
    await stage.act(task["task_id"], "accept", task["offered_to"])
    await stage.advance(minutes=1)
    await close(stage)
    await stage.advance(minutes=1)
    await stage.act(task["task_id"], "complete", task["offered_to"])
    assert await at_odds(stage, playbook) == []
    await stage.advance(minutes=1)
    await seen(stage, channel="store")
    assert "CLOSE-LOOP" not in {one["entry"] for one in await stage.tasks(case_id=CASE)}
    assert await at_odds(stage, playbook) == []


async def test_every_turn_is_kept_with_who_closed_it(stage: Stage) -> None:
    """The case itself knows only how it stands now."""
    await seen(stage, channel="store")
    first = await close(stage, "unsatisfied")
    reopened = await stage.advance(hours=1)
    event_id = await seen(stage, channel="store")
    await stage.advance(hours=1)
    second = await close(stage)
    turns = [tuple(row.values()) for row in await stage.rows(TURNS)]
    assert turns == [
        ("closed", first, MANAGER, "unsatisfied", None),
        ("reopened", reopened, None, None, event_id),
        ("closed", second, MANAGER, "satisfied", None),
    ]


async def test_a_message_before_a_closing_runs_no_clock_though_the_case_is_open_again(
    stage: Stage, playbook: Playbook
) -> None:
    """The closing came after it and had no clock to end."""
    await seen(stage, channel="store")
    written = await stage.advance(minutes=5)
    await stage.advance(minutes=5)
    await close(stage)
    await stage.advance(minutes=5)
    await seen(stage, channel="store")
    await stage.advance(hours=2)
    await stage.contact(
        customer_id=CUSTOMER, case_id=CASE, direction="inbound", channel="email", at=written.isoformat()
    )
    assert await states(stage, "T-22") == {1: "cancelled"}
    assert "breached" not in {kind for _, kind in await stage.sla_records()}
    assert await clocks_at_odds(stage, playbook) == []


async def test_an_old_message_that_opens_the_case_again_is_answered_in_time(stage: Stage, playbook: Playbook) -> None:
    """Written before the closing and delivered after it: the clock runs from when it was written."""
    await seen(stage, channel="store")
    written = await stage.advance(minutes=5)
    await stage.advance(minutes=5)
    await close(stage)
    await stage.advance(minutes=5)
    await seen(stage, channel="message", at=written)
    timer = (await stage.timers())["T-03"]
    assert timer["state"] == "running"
    assert datetime.fromisoformat(timer["due_at"]) == written + timedelta(hours=1)
    assert await clocks_at_odds(stage, playbook) == []
    await stage.advance(minutes=5)
    vain = {"direction": "outbound", "channel": "telephone", "kind": "update", "outcome": "no_answer"}
    await stage.contact(customer_id=CUSTOMER, case_id=CASE, at=written.isoformat(), **vain)
    assert await states(stage, "T-03") == {1: "running"}
    await stage.contact(customer_id=CUSTOMER, case_id=CASE, direction="outbound", channel="email", kind="answer")
    assert await states(stage, "T-03") == {1: "completed"}
    assert await clocks_at_odds(stage, playbook) == []
