"""Clocks that are told anew stand as they would have, had everything been heard of in time."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from harness.dealership import DEALER
from harness.names import EARLY_PROBLEM, EARLY_PROBLEM_SOLUTION, EASY_ACCESS, NEGATIVE_FEEDBACK_SOLUTION
from harness.people import OFFICE_HOURS
from harness.running_services import RunningServices
from harness.verification import clocks_at_odds
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
async def dealership(services: RunningServices) -> None:
    """Open on weekdays from nine to six, with one customer."""
    await services.open_dealer(calendars={"default": {"week": OFFICE_HOURS}})
    await services.add_customer(CUSTOMER, existing=True)


async def seen(services: RunningServices, **data: Any) -> str:
    """An event of the case, seen by a service advisor."""
    return await services.post_event(customer_id=CUSTOMER, case_id=CASE, step=EASY_ACCESS, observed_by=OBSERVER, **data)


async def problem(services: RunningServices) -> dict[str, Any]:
    """An unhappy customer with a problem of the first months; the deliver it makes, accepted."""
    await seen(services, facts=UNHAPPY, occurrences=[EARLY_PROBLEM], topics=["infotainment"])
    (task,) = [task for task in await services.tasks() if task["kind"] == "deliver"]
    await services.act(task["task_id"], "accept", task["offered_to"])
    return task


async def call_in_vain(services: RunningServices, at: datetime) -> None:
    """A call nobody answered is told of."""
    vain = {"direction": "outbound", "channel": "telephone", "kind": "update", "outcome": "no_answer"}
    await services.contact(customer_id=CUSTOMER, case_id=CASE, at=at.isoformat(), **vain)


async def standing(services: RunningServices) -> dict[tuple[str, int], tuple[str, str]]:
    """State and due time of the case's clocks, by rule and cycle."""
    timers = (await services.get("/v1/sla/timers", dealer_id=DEALER, limit=200))["items"]
    of_case = [timer for timer in timers if timer["subject"] == "case"]
    return {(timer["rule"], timer["cycle"]): (timer["state"], timer["due_at"]) for timer in of_case}


async def hand_to_nobody(services: RunningServices) -> None:
    """A second deliver of the case, of a role of which nobody is there."""
    body = {"entry": "IN-08", "to_role": "salesperson", "dealer_id": DEALER, "customer_id": CUSTOMER, "case_id": CASE}
    more = {"staff_id": "S-client_experience_specialist", "topics": ["test_drive"], "step": EASY_ACCESS}
    answer = await services.client.post("/v1/handoffs", json=body | more)
    assert answer.status_code == 201, answer.text
    await services.settle()


async def test_a_deliver_in_the_queue_keeps_the_solution_running(services: RunningServices, playbook: Playbook) -> None:
    """One deliver waits for parts, the other for somebody to come: not every open deliver waits."""
    task = await problem(services)
    await services.advance(hours=1)
    await services.act(task["task_id"], "wait", task["offered_to"], reason="parts")
    tried = await services.advance(minutes=5)
    async with services.database.transaction() as connection:
        await connection.execute(ONLY_THE_SPECIALIST)
    await services.advance(hours=24)
    await hand_to_nobody(services)
    before = await standing(services)
    assert {before[rule, 1][0] for rule in (EARLY_PROBLEM_SOLUTION, NEGATIVE_FEEDBACK_SOLUTION)} == {"running"}
    assert await clocks_at_odds(services, playbook) == []
    await services.advance(hours=1)
    await call_in_vain(services, tried)
    assert await standing(services) == before


async def test_a_cycle_that_was_no_reopening_has_its_whole_day(services: RunningServices, playbook: Playbook) -> None:
    """A solution proposed on Monday, heard of on Tuesday after the case was closed and opened again."""
    await seen(services, facts=UNHAPPY)
    proposed = await services.advance(hours=3)
    await services.advance(minutes=30)
    await seen(services, facts=UNHAPPY)
    await services.advance(hours=28)
    body = {"staff_id": "S-client_experience_manager", "outcome": "satisfied"}
    answer = await services.client.post(f"/v1/dealers/{DEALER}/cases/{CASE}/close", json=body)
    assert answer.status_code == 200, answer.text
    await services.advance(minutes=10)
    await seen(services, topics=["infotainment"])
    await services.advance(minutes=5)
    await seen(services, at=proposed, signals=["solution_proposed"])
    after = {
        cycle: stands
        for (rule, cycle), stands in (await standing(services)).items()
        if rule == NEGATIVE_FEEDBACK_SOLUTION
    }
    # from half past one on Monday to Tuesday's closing are 13.5 hours, of which a quarter is left
    assert after[2] == ("completed", "2026-11-24T18:00:00Z")
    assert after[3] == ("running", "2026-11-25T12:02:30Z")
    assert {timer["breached_at"] for timer in await services.timers_of(NEGATIVE_FEEDBACK_SOLUTION)} == {None}
    assert await clocks_at_odds(services, playbook) == []
    cut = "select document ? 'full' as cut from sla_timer join sla_policy using (dealer_id, policy_id)"
    kept = await services.rows(text(f"{cut} where rule = 'T-33' order by cycle"))
    assert [row["cut"] for row in kept] == [False, False, True]
