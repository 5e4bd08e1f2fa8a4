"""What time does to tasks: waits end to the second, queues are offered when somebody turns up or has room again."""

from datetime import timedelta
from typing import Any

import pytest
from stage import DEALER, OFFICE, Stage

from shared.db.schema import timer_due

SPECIALIST = "S-product_specialist"
OBSERVER = {"observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"}, "step": 13}


@pytest.fixture(autouse=True)
async def dealership(stage: Stage) -> None:
    """A dealer with office hours, on a Monday at ten."""
    await stage.open_dealer(calendars={"default": {"week": OFFICE}})


async def hand_over(stage: Stage, customer_id: str = "C-1") -> str:
    """An infotainment problem of the first months goes to a product specialist; answers the task."""
    await stage.meet(customer_id, existing=True)
    occurrences = ["early_ownership_problem_reported"]
    await stage.post(customer_id=customer_id, occurrences=occurrences, topics=["infotainment"], **OBSERVER)
    return str((await stage.task("SA-07-01-c", customer_id=customer_id))["task_id"])


async def put_staff(stage: Stage, staff_id: str, **record: Any) -> None:
    """A person's record is put; everybody works."""
    given = {"name": staff_id, "roles": ["product_specialist"], **record}
    answer = await stage.client.put(f"/v1/dealers/{DEALER}/staff/{staff_id}", json=given)
    assert answer.status_code in (200, 201), answer.text
    await stage.settle()


async def offered_to(stage: Stage, task_id: str) -> str | None:
    """To whom the task is offered."""
    task = await stage.get(f"/v1/tasks/{task_id}")
    assert task["status"] == "offered"
    return str(task["offered_to"]) if task["offered_to"] else None


async def status_of(stage: Stage, task_id: str) -> str:
    """How the task stands."""
    return str((await stage.get(f"/v1/tasks/{task_id}"))["status"])


async def due(stage: Stage, kind: str) -> list[dict[str, Any]]:
    """What of a kind is still to come."""
    return [dict(row) for row in await stage.rows(timer_due.select().where(timer_due.c.kind == kind))]


async def waiting(stage: Stage, **wait: Any) -> str:
    """A task that its holder lets wait."""
    task_id = await hand_over(stage)
    await stage.act(task_id, "accept", SPECIALIST)
    await stage.act(task_id, "wait", SPECIALIST, reason="parts", **wait)
    return task_id


async def test_a_wait_ends_by_itself(stage: Stage) -> None:
    """At the second it was to end, not before."""
    task_id = await waiting(stage, until=(stage.clock() + timedelta(hours=2)).isoformat())
    await stage.advance(minutes=119, seconds=59)
    assert await status_of(stage, task_id) == "waiting"
    await stage.advance(seconds=1)
    assert await status_of(stage, task_id) == "accepted"
    assert await due(stage, "wait") == []


async def test_a_wait_that_was_ended_by_hand_is_not_ended_again(stage: Stage) -> None:
    """Its row is gone; the next wait has its own end."""
    task_id = await waiting(stage, until=(stage.clock() + timedelta(hours=2)).isoformat())
    await stage.act(task_id, "resume", SPECIALIST)
    assert await due(stage, "wait") == []
    await stage.act(task_id, "wait", SPECIALIST, until=(stage.clock() + timedelta(hours=5)).isoformat())
    await stage.advance(hours=2)
    assert await status_of(stage, task_id) == "waiting"
    await stage.advance(hours=3)
    assert await status_of(stage, task_id) == "accepted"


async def test_a_task_completed_while_it_waits_is_left_alone(stage: Stage) -> None:
    """So is one that was called off."""
    task_id = await waiting(stage, until=(stage.clock() + timedelta(hours=2)).isoformat())
    await stage.act(task_id, "complete", SPECIALIST, outcome="done")
    assert await due(stage, "wait") == []
    await stage.advance(hours=2)
    assert await status_of(stage, task_id) == "completed"


async def test_a_queue_is_offered_when_the_shift_begins(stage: Stage) -> None:
    """What comes in the evening lies in the queue until the morning, and is offered at the opening."""
    await stage.advance(hours=9)
    first, second = await hand_over(stage), await hand_over(stage, "C-2")
    await stage.advance()
    (row,) = await due(stage, "queue")
    assert (row["subject_id"], row["fire_at"] - stage.clock()) == ("product_specialist", timedelta(hours=14))
    await stage.advance(hours=13, minutes=59, seconds=59)
    assert [await offered_to(stage, one) for one in (first, second)] == [None, None]
    await stage.advance(seconds=1)
    assert [await offered_to(stage, one) for one in (first, second)] == [SPECIALIST, SPECIALIST]
    assert await due(stage, "queue") == []


async def test_a_queue_is_offered_when_a_leave_has_ended(stage: Stage) -> None:
    """On the first working day after it."""
    today = stage.clock().date()
    until = (today + timedelta(days=1)).isoformat()
    await put_staff(stage, SPECIALIST, leave=[{"from": today.isoformat(), "to": until}])
    task_id = await hand_over(stage)
    await stage.advance()
    await stage.advance(days=1, hours=22)
    assert await offered_to(stage, task_id) is None
    await stage.advance(hours=1)
    assert await offered_to(stage, task_id) == SPECIALIST


async def test_a_queue_is_offered_as_soon_as_somebody_has_room_again(stage: Stage) -> None:
    """One at a time: completing the first makes room for the second."""
    await put_staff(stage, SPECIALIST, capacity=1)
    first = await hand_over(stage)
    second = await hand_over(stage, "C-2")
    await stage.advance()
    assert [await offered_to(stage, one) for one in (first, second)] == [SPECIALIST, None]
    await stage.act(first, "accept", SPECIALIST)
    await stage.advance()
    assert await offered_to(stage, second) is None
    await stage.act(first, "complete", SPECIALIST, outcome="done")
    await stage.advance()
    assert await offered_to(stage, second) == SPECIALIST


async def test_whoever_is_put_on_the_staff_is_offered_the_queue_at_once(stage: Stage) -> None:
    """And an earlier shift of a person brings the next look forward."""
    await stage.advance(hours=9)
    task_id = await hand_over(stage)
    await stage.advance()
    early = {day: [["05:00", "09:00"]] for day in OFFICE}
    await put_staff(stage, "S-early", shifts=early)
    await stage.advance(hours=9, minutes=59, seconds=59)
    assert await offered_to(stage, task_id) is None
    await stage.advance(seconds=1)
    assert await offered_to(stage, task_id) == "S-early"
    later = await hand_over(stage, "C-2")
    await stage.advance(hours=14)
    await put_staff(stage, "S-late", shifts={day: [["18:00", "23:00"]] for day in OFFICE})
    assert await offered_to(stage, later) is not None


async def test_longer_hours_of_the_dealer_bring_the_queue_forward(stage: Stage) -> None:
    """The dealer opens at night from now on."""
    await stage.advance(hours=9)
    task_id = await hand_over(stage)
    await stage.advance()
    assert await offered_to(stage, task_id) is None
    week = {day: [["09:00", "24:00"]] for day in OFFICE}
    record = {"name": "Lisboa", "time_zone": "Europe/Lisbon", "calendars": {"default": {"week": week}}}
    answer = await stage.client.put(f"/v1/dealers/{DEALER}", json=record)
    assert answer.status_code == 200, answer.text
    assert await offered_to(stage, task_id) == SPECIALIST
