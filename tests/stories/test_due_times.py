"""What time does to tasks: waits end to the second, queues are offered when somebody turns up or has room again."""

from datetime import timedelta
from typing import Any

import pytest

from harness.dealership import DEALER
from harness.names import EARLY_PROBLEM, EASY_ACCESS, INFOTAINMENT_TO_PRODUCT_SPECIALIST
from harness.people import OFFICE_HOURS
from harness.running_services import SERVICE_ADVISOR, RunningServices
from shared.db.schema import timer_due

SPECIALIST = "S-product_specialist"
OBSERVER = {"observed_by": {"role": "service_advisor", "staff_id": SERVICE_ADVISOR}, "step": EASY_ACCESS}


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """A dealer with office hours, on a Monday at ten."""
    await services.open_dealer(calendars={"default": {"week": OFFICE_HOURS}})


async def hand_over(services: RunningServices, customer_id: str = "C-1") -> str:
    """An infotainment problem of the first months goes to a product specialist; answers the task."""
    await services.add_customer(customer_id, existing=True)
    occurrences = [EARLY_PROBLEM]
    await services.post_event(customer_id=customer_id, occurrences=occurrences, topics=["infotainment"], **OBSERVER)
    return str((await services.task(INFOTAINMENT_TO_PRODUCT_SPECIALIST, customer_id=customer_id))["task_id"])


async def put_staff(services: RunningServices, staff_id: str, **record: Any) -> None:
    """A person's record is put; everybody works."""
    given = {"name": staff_id, "roles": ["product_specialist"], **record}
    answer = await services.client.put(f"/v1/dealers/{DEALER}/staff/{staff_id}", json=given)
    assert answer.status_code in (200, 201), answer.text
    await services.settle()


async def offered_to(services: RunningServices, task_id: str) -> str | None:
    """To whom the task is offered."""
    task = await services.get(f"/v1/tasks/{task_id}")
    assert task["status"] == "offered"
    return str(task["offered_to"]) if task["offered_to"] else None


async def status_of(services: RunningServices, task_id: str) -> str:
    """How the task stands."""
    return str((await services.get(f"/v1/tasks/{task_id}"))["status"])


async def due(services: RunningServices, kind: str) -> list[dict[str, Any]]:
    """What of a kind is still to come."""
    return [dict(row) for row in await services.rows(timer_due.select().where(timer_due.c.kind == kind))]


async def waiting(services: RunningServices, **wait: Any) -> str:
    """A task that its holder lets wait."""
    task_id = await hand_over(services)
    await services.act(task_id, "accept", SPECIALIST)
    await services.act(task_id, "wait", SPECIALIST, reason="parts", **wait)
    return task_id


async def test_a_wait_ends_by_itself(services: RunningServices) -> None:
    """At the second it was to end, not before."""
    task_id = await waiting(services, until=(services.clock() + timedelta(hours=2)).isoformat())
    await services.advance(minutes=119, seconds=59)
    assert await status_of(services, task_id) == "waiting"
    await services.advance(seconds=1)
    assert await status_of(services, task_id) == "accepted"
    assert await due(services, "wait") == []


async def test_a_wait_that_was_ended_by_hand_is_not_ended_again(services: RunningServices) -> None:
    """Its row is gone; the next wait has its own end."""
    task_id = await waiting(services, until=(services.clock() + timedelta(hours=2)).isoformat())
    await services.act(task_id, "resume", SPECIALIST)
    assert await due(services, "wait") == []
    await services.act(task_id, "wait", SPECIALIST, until=(services.clock() + timedelta(hours=5)).isoformat())
    await services.advance(hours=2)
    assert await status_of(services, task_id) == "waiting"
    await services.advance(hours=3)
    assert await status_of(services, task_id) == "accepted"


async def test_a_task_completed_while_it_waits_is_left_alone(services: RunningServices) -> None:
    """So is one that was called off."""
    task_id = await waiting(services, until=(services.clock() + timedelta(hours=2)).isoformat())
    await services.act(task_id, "complete", SPECIALIST, outcome="done")
    assert await due(services, "wait") == []
    await services.advance(hours=2)
    assert await status_of(services, task_id) == "completed"


async def test_a_queue_is_offered_when_the_shift_begins(services: RunningServices) -> None:
    """What comes in the evening lies in the queue until the morning, and is offered at the opening."""
    await services.advance(hours=9)
    first, second = await hand_over(services), await hand_over(services, "C-2")
    await services.advance()
    (row,) = await due(services, "queue")
    assert (row["subject_id"], row["fire_at"] - services.clock()) == ("product_specialist", timedelta(hours=14))
    await services.advance(hours=13, minutes=59, seconds=59)
    assert [await offered_to(services, one) for one in (first, second)] == [None, None]
    await services.advance(seconds=1)
    assert [await offered_to(services, one) for one in (first, second)] == [SPECIALIST, SPECIALIST]
    assert await due(services, "queue") == []


async def test_a_queue_is_offered_when_a_leave_has_ended(services: RunningServices) -> None:
    """On the first working day after it."""
    today = services.clock().date()
    until = (today + timedelta(days=1)).isoformat()
    await put_staff(services, SPECIALIST, leave=[{"from": today.isoformat(), "to": until}])
    task_id = await hand_over(services)
    await services.advance()
    await services.advance(days=1, hours=22)
    assert await offered_to(services, task_id) is None
    await services.advance(hours=1)
    assert await offered_to(services, task_id) == SPECIALIST


async def test_a_queue_is_offered_as_soon_as_somebody_has_room_again(services: RunningServices) -> None:
    """One at a time: completing the first makes room for the second."""
    await put_staff(services, SPECIALIST, capacity=1)
    first = await hand_over(services)
    second = await hand_over(services, "C-2")
    await services.advance()
    assert [await offered_to(services, one) for one in (first, second)] == [SPECIALIST, None]
    await services.act(first, "accept", SPECIALIST)
    await services.advance()
    assert await offered_to(services, second) is None
    await services.act(first, "complete", SPECIALIST, outcome="done")
    await services.advance()
    assert await offered_to(services, second) == SPECIALIST


async def test_whoever_is_put_on_the_staff_is_offered_the_queue_at_once(services: RunningServices) -> None:
    """And an earlier shift of a person brings the next look forward."""
    await services.advance(hours=9)
    task_id = await hand_over(services)
    await services.advance()
    early = {day: [["05:00", "09:00"]] for day in OFFICE_HOURS}
    await put_staff(services, "S-early", shifts=early)
    await services.advance(hours=9, minutes=59, seconds=59)
    assert await offered_to(services, task_id) is None
    await services.advance(seconds=1)
    assert await offered_to(services, task_id) == "S-early"
    later = await hand_over(services, "C-2")
    await services.advance(hours=14)
    await put_staff(services, "S-late", shifts={day: [["18:00", "23:00"]] for day in OFFICE_HOURS})
    assert await offered_to(services, later) is not None


async def test_longer_hours_of_the_dealer_bring_the_queue_forward(services: RunningServices) -> None:
    """The dealer opens at night from now on."""
    await services.advance(hours=9)
    task_id = await hand_over(services)
    await services.advance()
    assert await offered_to(services, task_id) is None
    week = {day: [["09:00", "24:00"]] for day in OFFICE_HOURS}
    record = {"name": "Lisboa", "time_zone": "Europe/Lisbon", "calendars": {"default": {"week": week}}}
    answer = await services.client.put(f"/v1/dealers/{DEALER}", json=record)
    assert answer.status_code == 200, answer.text
    assert await offered_to(services, task_id) == SPECIALIST
