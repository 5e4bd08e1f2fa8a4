"""Messages and e-mails must be acknowledged and answered in time (T-02, T-03, T-04)."""

from datetime import datetime, timedelta

import pytest

from harness.clocks import MovableClock
from harness.names import (
    APPOINTMENT_EMAIL_ANSWER,
    CARE_FOR_VEHICLE,
    MESSAGE_ACKNOWLEDGEMENT,
    MESSAGE_ANSWER,
    REMOTE_ENQUIRY_ANSWER,
)
from harness.people import OFFICE_HOURS
from harness.running_services import RunningServices

CUSTOMER = "C-7"


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """Open on weekdays from nine to six."""
    await services.open_dealer(calendars={"default": {"week": OFFICE_HOURS}})
    await services.add_customer(CUSTOMER, existing=True)


async def message(services: RunningServices, at: datetime | None = None, **data: object) -> str:
    """A message from the customer, seen by a service advisor."""
    seen = {"observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"}, "step": CARE_FOR_VEHICLE}
    return await services.post_event(at=at, **{"customer_id": CUSTOMER, "channel": "message", **seen, **data})


async def test_a_message_starts_acknowledgement_and_answer(services: RunningServices, clock: MovableClock) -> None:
    """Ten minutes to acknowledge, an hour to answer, owned by the customer owner."""
    await message(services)
    timers = await services.timers()
    assert (timers[MESSAGE_ACKNOWLEDGEMENT]["target"], timers[MESSAGE_ANSWER]["target"]) == (
        "acknowledgement",
        "first_response",
    )
    assert timers[MESSAGE_ANSWER]["due_at"] == (clock() + timedelta(minutes=60)).isoformat().replace("+00:00", "Z")
    assert timers[MESSAGE_ANSWER]["owner"] == {"role": "service_advisor", "staff_id": "S-service_advisor"}


async def test_an_answer_in_time_is_met_to_the_second(services: RunningServices) -> None:
    """An answer in the very second it is due is in time; it acknowledges as well."""
    await message(services)
    services.clock.advance(timedelta(minutes=60))
    await services.contact(
        customer_id=CUSTOMER, direction="outbound", channel="telephone", kind="answer", outcome="spoke"
    )
    timers = await services.timers()
    assert timers[MESSAGE_ANSWER]["state"] == "completed"
    assert timers[MESSAGE_ANSWER]["breached_at"] is None
    assert timers[MESSAGE_ACKNOWLEDGEMENT]["state"] == "completed"
    assert timers[MESSAGE_ACKNOWLEDGEMENT]["breached_at"] == timers[MESSAGE_ACKNOWLEDGEMENT]["due_at"]
    assert (MESSAGE_ANSWER, "met") in await services.sla_records()


async def test_nobody_answers(services: RunningServices, clock: MovableClock) -> None:
    """Warned at three quarters, breached a second after it is due, escalated an hour later."""
    await message(services)
    await services.advance(minutes=45)
    assert (MESSAGE_ANSWER, "warning") in await services.sla_records()
    await services.advance(minutes=15)
    assert (MESSAGE_ANSWER, "breached") not in await services.sla_records()
    await services.advance(seconds=1)
    assert (MESSAGE_ANSWER, "breached") in await services.sla_records()
    await services.advance(hours=1)
    assert (MESSAGE_ANSWER, "escalated") in await services.sla_records()
    assert (await services.timers())[MESSAGE_ANSWER]["state"] == "running"


@pytest.mark.parametrize("outcome", ["no_answer", "voicemail", "refused"])
async def test_trying_in_vain_stops_nothing(services: RunningServices, outcome: str) -> None:
    """A call nobody takes is a contact but no answer."""
    await message(services)
    await services.contact(
        customer_id=CUSTOMER, direction="outbound", channel="telephone", kind="answer", outcome=outcome
    )
    assert (await services.timers())[MESSAGE_ANSWER]["state"] == "running"


async def test_an_update_is_no_answer(services: RunningServices) -> None:
    """Only answer, proposal and estimate stop the clock of the first answer."""
    await message(services)
    await services.contact(customer_id=CUSTOMER, direction="outbound", channel="email", kind="update")
    assert (await services.timers())[MESSAGE_ANSWER]["state"] == "running"
    await services.contact(customer_id=CUSTOMER, direction="outbound", channel="email", kind="estimate")
    assert (await services.timers())[MESSAGE_ANSWER]["state"] == "completed"


async def test_an_answer_recorded_late_counts_when_it_was_given(services: RunningServices, clock: MovableClock) -> None:
    """The clock had breached when the call of half an hour ago was entered: the verdict is corrected."""
    await message(services)
    began = clock()
    await services.advance(minutes=61)
    assert (await services.timers())[MESSAGE_ANSWER]["breached_at"] is not None
    spoken = {"direction": "outbound", "channel": "telephone", "kind": "answer", "outcome": "spoke"}
    at = (began + timedelta(minutes=30)).isoformat()
    await services.contact(customer_id=CUSTOMER, at=at, staff_id="S-service_advisor", **spoken)
    timer = (await services.timers())[MESSAGE_ANSWER]
    assert timer["state"] == "completed"
    assert timer["breached_at"] is None
    assert (MESSAGE_ANSWER, "corrected") in await services.sla_records()


@pytest.mark.parametrize("hours", [2, 3, 26, 24 * 28])
async def test_an_event_that_arrives_overdue(services: RunningServices, clock: MovableClock, hours: int) -> None:
    """Its clock began with its time; it is breached at once, once, without a warning, and each is told once."""
    clock.advance(timedelta(hours=5))
    await message(services, at=clock() - timedelta(hours=hours))
    told = [kind for rule, kind in await services.sla_records() if rule == MESSAGE_ANSWER]
    assert told == ["started", "breached"]
    (timer,) = [timer for rule, timer in (await services.timers()).items() if rule == MESSAGE_ANSWER]
    assert timer["breached_at"] == timer["due_at"]
    await services.advance(minutes=1)
    notices = (await services.get("/v1/notifications", timer_id=timer["timer_id"]))["items"]
    assert {notice["message"] for notice in notices} == {"BREACHED"}
    assert len({notice["staff_id"] for notice in notices}) == len(notices) <= 2


async def test_the_evening_does_not_count(services: RunningServices, clock: MovableClock) -> None:
    """A message half an hour before closing is due half an hour after opening."""
    clock.advance(timedelta(hours=7, minutes=30))
    await message(services)
    due = datetime.fromisoformat((await services.timers())[MESSAGE_ANSWER]["due_at"])
    assert due == datetime.fromisoformat("2026-11-24T09:30:00+00:00")


async def test_an_email_about_an_appointment_has_half_an_hour(services: RunningServices, clock: MovableClock) -> None:
    """It has the shorter clock, and neither of a message's."""
    await message(services, channel="email", occurrences=["service_appointment_requested"])
    timers = await services.timers()
    assert {MESSAGE_ACKNOWLEDGEMENT, MESSAGE_ANSWER, REMOTE_ENQUIRY_ANSWER}.isdisjoint(timers)
    due = datetime.fromisoformat(timers[APPOINTMENT_EMAIL_ANSWER]["due_at"])
    assert due == clock() + timedelta(minutes=30)


async def test_a_second_message_starts_no_second_first_answer(services: RunningServices) -> None:
    """One clock per case; a later wait is a cycle of the same rule with another target."""
    await message(services)
    await message(services)
    assert [kind for rule, kind in await services.sla_records() if rule == MESSAGE_ANSWER] == ["started"]


async def test_an_inbound_contact_starts_the_clocks_of_a_message(services: RunningServices) -> None:
    """A message that only the contact centre knows of opens a case and is timed like any other."""
    made = await services.contact(customer_id="C-new", direction="inbound", channel="message")
    timers = await services.timers()
    assert {MESSAGE_ACKNOWLEDGEMENT, MESSAGE_ANSWER} <= set(timers)
    assert timers[MESSAGE_ANSWER]["case_id"] == made["case_id"]
    assert timers[MESSAGE_ANSWER]["owner"]["role"] == "client_experience_specialist"


async def test_history_starts_nothing(services: RunningServices) -> None:
    """An import is kept and explained; nothing runs, nobody works."""
    event_id = await message(services, intent="history", topics=["infotainment"])
    answer = await services.get(f"/v1/events/{event_id}")
    assert answer["state"] == "routed"
    assert answer["case_id"] is None
    assert "created" in {decision["outcome"] for decision in answer["decisions"]}
    assert all(decision.get("task_id") is None for decision in answer["decisions"])
    assert await services.timers() == {}
    assert await services.tasks() == []
