"""Clocks that are told anew stand as they would have, had everything been heard of in time."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from stage import DEALER, OFFICE, Stage
from verifying import clocks_at_odds

from shared.playbook.ruleset.entries import Playbook

UNHAPPY = {"feedback": {"sentiment": "negative", "about": ["service"]}}
CUSTOMER, CASE = "C-7", "K-1"
ADVISOR = "S-service_advisor"
OBSERVER = {"role": "service_advisor", "staff_id": ADVISOR}
ONLY_THE_SPECIALIST = text(
    """update staff set record = record || '{"presence": "off"}'
        where not record->'roles' ? 'client_experience_specialist'"""
)


@pytest.fixture(autouse=True)
async def dealership(stage: Stage) -> None:
    """Open on weekdays from nine to six, with one customer."""
    await stage.open_dealer(calendars={"default": {"week": OFFICE}})
    await stage.meet(CUSTOMER, existing=True)


async def seen(stage: Stage, **data: Any) -> str:
    """An event of the case, seen by a service advisor."""
    return await stage.post(customer_id=CUSTOMER, case_id=CASE, step=13, observed_by=OBSERVER, **data)


async def problem(stage: Stage) -> dict[str, Any]:
    """An unhappy customer with a problem of the first months; the deliver it makes, accepted."""
    await seen(stage, facts=UNHAPPY, occurrences=["early_ownership_problem_reported"], topics=["infotainment"])
    (task,) = [task for task in await stage.tasks() if task["kind"] == "deliver"]
    await stage.act(task["task_id"], "accept", task["offered_to"])
    return task


async def call_in_vain(stage: Stage, at: datetime) -> None:
    """A call nobody answered is told of."""
    vain = {"direction": "outbound", "channel": "telephone", "kind": "update", "outcome": "no_answer"}
    await stage.contact(customer_id=CUSTOMER, case_id=CASE, at=at.isoformat(), **vain)


async def standing(stage: Stage) -> dict[tuple[str, int], tuple[str, str]]:
    """State and due time of the case's clocks, by rule and cycle."""
    timers = (await stage.get("/v1/sla/timers", dealer_id=DEALER, limit=200))["items"]
    of_case = [timer for timer in timers if timer["subject"] == "case"]
    return {(timer["rule"], timer["cycle"]): (timer["state"], timer["due_at"]) for timer in of_case}


async def hand_to_nobody(stage: Stage) -> None:
    """A second deliver of the case, of a role of which nobody is there."""
    body = {"entry": "IN-08", "to_role": "salesperson", "dealer_id": DEALER, "customer_id": CUSTOMER, "case_id": CASE}
    more = {"staff_id": "S-client_experience_specialist", "topics": ["test_drive"], "step": 13}
    answer = await stage.client.post("/v1/handoffs", json=body | more)
    assert answer.status_code == 201, answer.text
    await stage.settle()


async def test_a_deliver_in_the_queue_keeps_the_solution_running(stage: Stage, playbook: Playbook) -> None:
    """One deliver waits for parts, the other for somebody to come: not every open deliver waits."""
    task = await problem(stage)
    await stage.advance(hours=1)
    await stage.act(task["task_id"], "wait", task["offered_to"], reason="parts")
    tried = await stage.advance(minutes=5)
    async with stage.database.transaction() as connection:
        await connection.execute(ONLY_THE_SPECIALIST)
    await stage.advance(hours=24)
    await hand_to_nobody(stage)
    before = await standing(stage)
    assert {before[rule, 1][0] for rule in ("T-27", "T-33")} == {"running"}
    assert await clocks_at_odds(stage, playbook) == []
    await stage.advance(hours=1)
    await call_in_vain(stage, tried)
    assert await standing(stage) == before


async def test_a_cycle_that_was_no_reopening_has_its_whole_day(stage: Stage, playbook: Playbook) -> None:
    """A solution proposed on Monday, heard of on Tuesday after the case was closed and opened again."""
    await seen(stage, facts=UNHAPPY)
    proposed = await stage.advance(hours=3)
    await stage.advance(minutes=30)
    await seen(stage, facts=UNHAPPY)
    await stage.advance(hours=28)
    body = {"staff_id": "S-client_experience_manager", "outcome": "satisfied"}
    answer = await stage.client.post(f"/v1/dealers/{DEALER}/cases/{CASE}/close", json=body)
    assert answer.status_code == 200, answer.text
    await stage.advance(minutes=10)
    await seen(stage, topics=["infotainment"])
    await stage.advance(minutes=5)
    await seen(stage, at=proposed, signals=["solution_proposed"])
    after = {cycle: stands for (rule, cycle), stands in (await standing(stage)).items() if rule == "T-33"}
    # from half past one on Monday to Tuesday's closing are 13.5 hours, of which a quarter is left
    assert after[2] == ("completed", "2026-11-24T18:00:00Z")
    assert after[3] == ("running", "2026-11-25T12:02:30Z")
    assert {timer["breached_at"] for timer in await stage.timers_of("T-33")} == {None}
    assert await clocks_at_odds(stage, playbook) == []
    kept = await stage.rows(text("select policy ? 'full' as cut from sla_timer where rule = 'T-33' order by cycle"))
    assert [row["cut"] for row in kept] == [False, False, True]
