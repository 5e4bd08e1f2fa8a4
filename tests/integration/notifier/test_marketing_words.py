"""What a person writes on a task that plans a customer programme is marketing: consent, legal window, T-18."""

from datetime import timedelta
from typing import Any

import pytest

from harness.dealership import CASE, DEALER
from harness.stepped_services import SteppedServices
from journey_api.messages.staff_messages import Matter, Words, queue_message

pytestmark = pytest.mark.database
ACTIVITIES = "service_crm_activity_planning_due"
WINDOW = {"from": "09:00", "to": "20:00"}
HARSH = {"feedback": {"sentiment": "negative", "about": ["service"]}}


async def write(services: SteppedServices, occurrence: str = ACTIVITIES, **customer: Any) -> dict[str, Any]:
    """A person writes on a task of an occurrence to a customer; answers what became of it."""
    await services.open_dealer(marketing_window=WINDOW)
    await services.add_customer(**customer)
    await services.open_case(CASE)
    task = await services.create_task(why={"occurrence": occurrence, "conditions": [], "source": "002:69"})
    return await say(services, task.task_id)


async def say(services: SteppedServices, task_id: str) -> dict[str, Any]:
    words = Words(staff_id="SA-1", kind="proposal", text="Come and see the winter check.", params={})
    async with services.database.transaction() as connection:
        await queue_message(connection, Matter(DEALER, "C-1", CASE, task_id, ()), words, services.clock())
    await services.settle()
    return (await services.notifications("MESSAGE"))[-1]


async def test_with_consent_it_goes_and_can_be_unsubscribed_from(services: SteppedServices) -> None:
    row = await write(services, consent={"marketing": True})
    assert (row["purpose"], row["status"]) == ("marketing", "delivered")


async def test_without_consent_it_does_not_go_and_nobody_has_to_look_for_a_way(services: SteppedServices) -> None:
    row = await write(services)
    assert (row["purpose"], row["status"], row["code"]) == ("marketing", "failed", "opted_out")
    assert await services.tasks("UNREACHABLE") == []
    assert await services.tasks("CALL") == []


async def test_on_another_task_the_same_words_are_service(services: SteppedServices) -> None:
    row = await write(services, "early_ownership_problem_reported")
    assert (row["purpose"], row["status"]) == ("service", "delivered")


async def test_outside_of_the_window_it_waits(services: SteppedServices) -> None:
    services.clock.advance(timedelta(hours=11))
    row = await write(services, consent={"marketing": True})
    assert (row["status"], row["scheduled_for"].hour) == ("held", 9)
    assert [vote["layer"] for vote in row["votes"] if not vote["allowed"]] == ["dealer"]


async def test_nothing_is_sold_while_a_complaint_is_open(services: SteppedServices) -> None:
    """Not called, not written to by letter, not looked for; after the customer was pleased again it goes."""
    await services.open_dealer(marketing_window=WINDOW)
    await services.add_customer(consent={"marketing": True})
    await services.open_case(CASE)
    task = await services.create_task(why={"occurrence": ACTIVITIES, "conditions": [], "source": "002:69"})
    await services.post_event(facts=HARSH, topics=["service"])
    await services.settle()
    row = await say(services, task.task_id)
    assert (row["status"], row["code"]) == ("failed", "complaint_open")
    assert [one["entry"] for one in await services.tasks() if one["entry"] in ("CALL", "LETTER", "UNREACHABLE")] == []
    services.clock.advance(timedelta(minutes=5))
    await services.post_event(facts={"feedback": {"sentiment": "positive"}})
    await services.settle()
    assert (await say(services, task.task_id))["status"] == "delivered"
