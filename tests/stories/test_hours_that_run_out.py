"""A dealer whose announced hours are over: its events are routed and its people work on, without clocks."""

from datetime import timedelta

import pytest

from harness.dealership import DEALER
from harness.running_services import SERVICE_ADVISOR, RunningServices
from shared.db.schema import dead_letter

OBSERVER = {"observed_by": {"role": "service_advisor", "staff_id": SERVICE_ADVISOR}}
PROBLEM = {"customer_id": "C-1", "case_id": "K-1", "step": 13, "occurrences": ["early_ownership_problem_reported"]}
LATE_PARTS = {"signals": ["parts_eta_slipped"], "topics": ["infotainment"], "channel": "message"}


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """A dealer that is open on the next days and on none after them."""
    await services.open_dealer()
    days = [(services.clock() + timedelta(days=number)).date().isoformat() for number in range(10)]
    hours = {"week": {}, "exceptions": {day: [["09:00", "18:00"]] for day in days}}
    record = {"name": "Lisboa Motors", "time_zone": "Europe/Lisbon", "calendars": {"default": hours}}
    answer = await services.client.put(f"/v1/dealers/{DEALER}", json=record)
    assert answer.status_code == 200, answer.text


async def test_what_happens_afterwards_is_routed_and_recorded(services: RunningServices) -> None:
    await services.advance(days=15)
    event_id = await services.post_event(**PROBLEM, **LATE_PARTS, **OBSERVER)
    assert (await services.get(f"/v1/events/{event_id}"))["state"] == "routed"
    said = {"customer_id": "C-1", "case_id": "K-1", "direction": "inbound", "channel": "message"}
    await services.contact(**said, at=services.clock().isoformat())
    assert await services.timers() == {}


@pytest.mark.parametrize("action", ["resume", "complete", None])
async def test_a_wait_that_outlasts_them_ends(services: RunningServices, action: str | None) -> None:
    await services.post_event(**PROBLEM, **LATE_PARTS, **OBSERVER)
    (task,) = await services.tasks(kind="deliver")
    task_id, person = task["task_id"], task["offered_to"]
    await services.act(task_id, "accept", person)
    until = (services.clock() + timedelta(days=20)).isoformat()
    await services.act(task_id, "wait", person, reason="customer", until=until)
    await services.advance(days=15)
    if action:
        await services.act(task_id, action, person)
    await services.advance(days=6)
    wanted = "completed" if action == "complete" else "accepted"
    assert (await services.get(f"/v1/tasks/{task_id}"))["status"] == wanted
    assert {rule: one["state"] for rule, one in (await services.timers(target="resolution")).items()} == {
        "T-27": "paused",
        "T-31": "paused",
    }
    assert await services.rows(dead_letter.select()) == []
