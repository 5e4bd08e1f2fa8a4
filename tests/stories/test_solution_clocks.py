"""Problems, delays and complaints must be met with a solution (T-21, T-27, T-33), and late parts with a word (T-31)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from harness.clocks import MovableClock
from harness.names import (
    DELIVERY_DATE_SOLUTION,
    EARLY_PROBLEM,
    EARLY_PROBLEM_SOLUTION,
    EASY_ACCESS,
    LATE_PARTS_UPDATE,
    NEGATIVE_FEEDBACK_SOLUTION,
    OFFER_CLOCK,
    REPAIR_VEHICLE,
)
from harness.people import OFFICE_HOURS
from harness.running_services import RunningServices

CUSTOMER = "C-7"
CLOSING = {
    DELIVERY_DATE_SOLUTION: "2026-11-24T18:00:00+00:00",
    EARLY_PROBLEM_SOLUTION: "2026-11-25T18:00:00+00:00",
    NEGATIVE_FEEDBACK_SOLUTION: "2026-11-24T18:00:00+00:00",
}
"""When the clock of a rule that begins on Monday morning is due: at the closing of the first, the second open day."""


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """Open on weekdays from nine to six."""
    await services.open_dealer(calendars={"default": {"week": OFFICE_HOURS}})
    await services.add_customer(CUSTOMER, existing=True)


async def slipped(services: RunningServices) -> None:
    """The delivery date slips."""
    observer = {"observed_by": {"role": "sales_manager"}, "step": 10}
    await services.post_event(customer_id=CUSTOMER, occurrences=["delivery_date_slipped"], **observer)


async def early_problem(services: RunningServices) -> None:
    """A problem in the first months, seen by its service advisor."""
    observer = {"observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"}, "step": EASY_ACCESS}
    facts = {"contact": {"first_receiver": "after_sales"}}
    occurrences = [EARLY_PROBLEM]
    await services.post_event(
        customer_id=CUSTOMER, occurrences=occurrences, topics=["infotainment"], facts=facts, **observer
    )


async def complaint(services: RunningServices) -> None:
    """A customer is unhappy with the service."""
    observer = {"observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"}, "step": REPAIR_VEHICLE}
    facts = {"feedback": {"sentiment": "negative", "about": ["service"]}}
    await services.post_event(customer_id=CUSTOMER, facts=facts, **observer)


BEGINNINGS = {
    DELIVERY_DATE_SOLUTION: slipped,
    EARLY_PROBLEM_SOLUTION: early_problem,
    NEGATIVE_FEEDBACK_SOLUTION: complaint,
}


@pytest.mark.parametrize("rule", BEGINNINGS)
async def test_due_at_the_closing_of_a_business_day(services: RunningServices, rule: str) -> None:
    """Business days are dates, never hours."""
    await BEGINNINGS[rule](services)
    timer = (await services.timers())[rule]
    assert datetime.fromisoformat(timer["due_at"]) == datetime.fromisoformat(CLOSING[rule])
    assert timer["target"] == "resolution"


@pytest.mark.parametrize(
    ("rule", "ending"),
    [
        (DELIVERY_DATE_SOLUTION, "solution_proposed"),
        (EARLY_PROBLEM_SOLUTION, "problem_resolved"),
        (NEGATIVE_FEEDBACK_SOLUTION, "solution_proposed"),
    ],
)
async def test_a_signal_ends_it(services: RunningServices, rule: str, ending: str) -> None:
    """The dealer's system says that a solution is there."""
    await BEGINNINGS[rule](services)
    await services.advance(hours=1)
    await services.post_event(
        customer_id=CUSTOMER, observed_by={"role": "service_advisor"}, step=REPAIR_VEHICLE, signals=[ending]
    )
    timer = (await services.timers())[rule]
    assert (timer["state"], timer["breached_at"]) == ("completed", None)


@pytest.mark.parametrize("rule", [DELIVERY_DATE_SOLUTION, NEGATIVE_FEEDBACK_SOLUTION])
async def test_a_proposal_ends_it(services: RunningServices, rule: str) -> None:
    """A proposal to the customer is a solution proposed."""
    await BEGINNINGS[rule](services)
    await services.contact(customer_id=CUSTOMER, direction="outbound", channel="email", kind="proposal")
    assert (await services.timers())[rule]["state"] == "completed"


@pytest.mark.parametrize("rule", BEGINNINGS)
async def test_closing_the_case_ends_it(services: RunningServices, rule: str) -> None:
    """Closing stops resolution: it is met where it is in time."""
    await BEGINNINGS[rule](services)
    await close(services)
    assert (await services.timers())[rule]["state"] == "completed"
    assert (rule, "met") in await services.sla_records()


async def test_nothing_is_proposed(services: RunningServices) -> None:
    """A complaint nobody meets is breached a second after the closing of the next open day."""
    await complaint(services)
    await services.advance(days=1, hours=8)
    assert (NEGATIVE_FEEDBACK_SOLUTION, "breached") not in await services.sla_records()
    await services.advance(seconds=1)
    assert (NEGATIVE_FEEDBACK_SOLUTION, "breached") in await services.sla_records()


async def test_waiting_stops_the_resolution_only(services: RunningServices) -> None:
    """While every open deliver waits the day of the solution moves; the answer's clock does not stand still."""
    await early_problem(services)
    (task,) = [task for task in await services.tasks() if task["kind"] == "deliver"]
    await services.act(task["task_id"], "accept", f"S-{task['to_role']}")
    await services.act(task["task_id"], "wait", f"S-{task['to_role']}", reason="parts")
    assert (await services.timers())[EARLY_PROBLEM_SOLUTION]["state"] == "paused"
    await services.advance(days=2)
    await services.act(task["task_id"], "resume", f"S-{task['to_role']}")
    timer = (await services.timers())[EARLY_PROBLEM_SOLUTION]
    assert timer["state"] == "running"
    moved = datetime.fromisoformat(CLOSING[EARLY_PROBLEM_SOLUTION]) + timedelta(days=2)
    assert datetime.fromisoformat(timer["due_at"]) == moved
    assert datetime.fromisoformat(timer["original_due_at"]) == datetime.fromisoformat(CLOSING[EARLY_PROBLEM_SOLUTION])


async def test_waiting_for_ourselves_pauses_nothing(services: RunningServices) -> None:
    """An internal reason is ours to bear."""
    await early_problem(services)
    (task,) = [task for task in await services.tasks() if task["kind"] == "deliver"]
    await services.act(task["task_id"], "accept", f"S-{task['to_role']}")
    await services.act(task["task_id"], "wait", f"S-{task['to_role']}", reason="internal")
    assert (await services.timers())[EARLY_PROBLEM_SOLUTION]["state"] == "running"


async def test_tasks_show_when_they_are_due(services: RunningServices, clock: MovableClock) -> None:
    """A task shows its own clock and its case's, and is listed by the earliest."""
    await early_problem(services)
    (task,) = [task for task in await services.tasks() if task["kind"] == "deliver"]
    assert {timer["rule"] for timer in task["timers"]} == {EARLY_PROBLEM_SOLUTION, OFFER_CLOCK}
    assert datetime.fromisoformat(await due_at(services, task)) == clock() + timedelta(minutes=15)
    await services.act(task["task_id"], "accept", f"S-{task['to_role']}")
    assert datetime.fromisoformat(await due_at(services, task)) == datetime.fromisoformat(
        CLOSING[EARLY_PROBLEM_SOLUTION]
    )


async def due_at(services: RunningServices, task: dict[str, Any]) -> str:
    """The earliest running due time of a task's clocks."""
    shown = await services.get(f"/v1/tasks/{task['task_id']}")
    return min(timer["due_at"] for timer in shown["timers"] if timer["state"] == "running")


async def test_late_parts_are_told_within_four_open_hours(services: RunningServices) -> None:
    """A person tells the customer; another signal starts nothing, and what nobody told is a breach."""
    observer = {"observed_by": {"role": "service_advisor"}, "step": REPAIR_VEHICLE}
    await services.post_event(customer_id=CUSTOMER, signals=["solution_proposed"], **observer)
    assert LATE_PARTS_UPDATE not in await services.timers()
    await services.post_event(customer_id=CUSTOMER, signals=["parts_eta_slipped"], **observer)
    timer = (await services.timers())[LATE_PARTS_UPDATE]
    due_at = datetime.fromisoformat(timer["due_at"])
    assert (timer["target"], due_at) == ("resolution", services.clock() + timedelta(hours=4))
    await services.contact(customer_id=CUSTOMER, direction="outbound", channel="telephone", kind="update")
    assert (await services.timers())[LATE_PARTS_UPDATE]["state"] == "running"
    await services.contact(
        customer_id=CUSTOMER, direction="outbound", channel="telephone", kind="update", outcome="spoke"
    )
    assert (await services.timers())[LATE_PARTS_UPDATE]["state"] == "completed"
    await services.post_event(customer_id=CUSTOMER, signals=["parts_eta_slipped"], **observer)
    await services.advance(hours=4, seconds=1)
    assert (LATE_PARTS_UPDATE, "breached") in await services.sla_records()


async def close(services: RunningServices) -> None:
    """The client experience manager closes the customer's case."""
    ((case,),) = [(await services.get("/v1/dealers/lisboa-01/cases", customer_id=CUSTOMER))["items"]]
    body = {"staff_id": "S-client_experience_manager", "outcome": "satisfied"}
    answer = await services.client.post(f"/v1/dealers/lisboa-01/cases/{case['case_id']}/close", json=body)
    assert answer.status_code == 200, answer.text
    await services.settle()
