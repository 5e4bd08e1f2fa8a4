"""A clock that is missed is told: who, when, by whom to be answered, and when nobody is there."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from harness.names import INFOTAINMENT_TO_PRODUCT_SPECIALIST, MESSAGE_ANSWER, REPAIR_VEHICLE
from harness.people import TEAM_WITH_MANAGERS
from harness.stepped_services import SteppedServices
from shared.db.schema import sla_timer_event, task_event

pytestmark = pytest.mark.database
NOBODY_REACHABLE = (
    select(sla_timer_event).where(sla_timer_event.c.action == "nobody_reachable").order_by(sla_timer_event.c.seq)
)

SA1, VM1, GD1, CX1 = (f"{name}@lisboa.example" for name in ("sa-1", "vm-1", "gd-1", "cx-1"))
PS1, PS2, SM1 = (f"{name}@lisboa.example" for name in ("ps-1", "ps-2", "sm-1"))
MAILBOX = "group@lisboa.example"
FIRST_ANSWER = "the first answer to a customer"


def kinds(subjects: list[str]) -> list[str]:
    """What the notices are, by their subjects."""
    return [subject.split(":")[0] for subject in subjects]


async def started(services: SteppedServices, people: dict[str, Any] | None = None, **record: Any) -> str:
    """A message PS-1 has taken care of, so that only the customer's clocks run; answers the case."""
    await services.open_dealer({**TEAM_WITH_MANAGERS, **(people or {})}, **record)
    await services.add_customer()
    await services.post_infotainment_message(observed_by={"role": "service_advisor", "staff_id": "SA-1"})
    await services.settle()
    (task,) = await services.tasks(INFOTAINMENT_TO_PRODUCT_SPECIALIST)
    await services.act(task["task_id"], "accept", "PS-1")
    await services.settle()
    services.mail.accepted.clear()
    return str(task["case_id"])


async def test_the_default_chain(services: SteppedServices) -> None:
    await started(services, group_mailbox=MAILBOX)
    await services.advance(minutes=45)
    assert services.mail.to(SA1) == [f"Due soon: {FIRST_ANSWER}"]
    await services.advance(minutes=15, seconds=1)
    assert kinds(services.mail.to(SA1)) == ["Due soon", "Overdue"]
    assert kinds(services.mail.to(VM1)) == ["Overdue"]
    await services.advance(minutes=59, seconds=59)
    assert kinds(services.mail.to(GD1)) == ["Escalated to you"]
    await services.advance(minutes=60)
    assert kinds(services.mail.to(MAILBOX)) == ["Escalated to you"]
    assert (await services.records("handoff.sla.v1")).count("escalated") == 2


async def test_each_recipient_is_a_row_of_its_own(services: SteppedServices) -> None:
    await started(services)
    services.mail.behaviour.append("550")
    await services.advance(hours=1, seconds=1)
    assert sorted(status for _, status in await services.statuses("BREACHED")) == ["delivered", "failed", "failed"]


async def test_a_clock_known_to_be_met_in_time_before_anybody_was_told_is_told_to_nobody(
    services: SteppedServices,
) -> None:
    """The message of two hours ago was answered after half an hour, and the notifier hears of both at once."""
    await services.open_dealer()
    await services.add_customer()
    written = services.clock()
    services.clock.advance(timedelta(hours=2))
    await services.post_infotainment_message(at=written)
    await services.route()
    assert "breached" in await services.records("handoff.sla.v1")
    await services.answer_customer(at=written + timedelta(minutes=5))
    await services.settle()
    assert await services.statuses("BREACHED") == []


async def test_an_overdue_notice_goes_no_more_when_the_clock_turns_out_to_be_met_in_time(
    services: SteppedServices,
) -> None:
    await started(services)
    services.clock.advance(timedelta(hours=1, seconds=1))
    await services.tick()
    await services.notify()
    assert {status for _, status in await services.statuses("BREACHED")} == {"queued"}
    await services.answer_customer(at=services.clock() - timedelta(minutes=30))
    await services.settle()
    assert {status for _, status in await services.statuses("BREACHED")} == {"withdrawn"}
    assert services.mail.accepted == []


async def test_an_answer_ends_the_chain(services: SteppedServices) -> None:
    await started(services)
    await services.advance(hours=1, seconds=1)
    await services.answer_customer()
    await services.advance(hours=4)
    assert await services.notifications("ESCALATED") == []


async def close_the_loop(services: SteppedServices, by: str) -> None:
    """PS-1 completes the task, and this person accepts the reminder to tell the customer."""
    (task,) = await services.tasks(INFOTAINMENT_TO_PRODUCT_SPECIALIST)
    await services.act(task["task_id"], "complete", "PS-1", outcome="done")
    await services.settle()
    (reminder,) = await services.tasks("CLOSE-LOOP")
    await services.act(reminder["task_id"], "reassign", "VM-1", to_staff_id=by)
    await services.act(reminder["task_id"], "accept", by)
    await services.settle()


async def test_whoever_was_told_and_takes_it_up_silences_the_chain_for_an_hour(services: SteppedServices) -> None:
    await started(services)
    await services.advance(hours=1, seconds=1)
    await close_the_loop(services, "SA-1")
    await services.advance(minutes=115)
    assert await services.notifications("ESCALATED") == []
    await services.advance(minutes=5, seconds=1)
    assert kinds(services.mail.to(GD1)) == ["Escalated to you"]


async def test_progress_after_taking_it_up_ends_the_chain(services: SteppedServices) -> None:
    await started(services)
    await services.advance(hours=1, seconds=1)
    await close_the_loop(services, "SA-1")
    await services.answer_customer(kind="update")
    await services.advance(hours=6)
    assert await services.notifications("ESCALATED") == []


async def test_one_who_was_not_told_silences_nothing(services: SteppedServices) -> None:
    await started(services, {"SA-2": {"roles": ["service_advisor"]}})
    await services.advance(hours=1, seconds=1)
    await close_the_loop(services, "SA-2")
    await services.advance(hours=1)
    assert kinds(services.mail.to(GD1)) == ["Escalated to you"]


async def test_silence_passes_the_offer_on_and_tells_person_and_manager(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message()
    await services.settle()
    await services.advance(minutes=12)
    await services.advance(minutes=3, seconds=1)
    assert kinds(services.mail.to(PS1)) == ["For you to accept", "Due soon", "Overdue"]
    assert kinds(services.mail.to(SM1)) == ["Overdue"]
    assert kinds(services.mail.to(PS2)) == ["For you to accept"]
    (task,) = await services.tasks(INFOTAINMENT_TO_PRODUCT_SPECIALIST)
    assert (task["offered_to"], task["offer"]["cycle"]) == ("PS-2", 2)
    reasons = await services.rows(select(task_event.c.reason).where(task_event.c.action == "declined"))
    assert [row["reason"] for row in reasons] == ["silence"]


async def test_acknowledgement_warns_and_breaches_to_the_owner_only(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(channels=[])
    await services.post_infotainment_message(observed_by={"role": "service_advisor", "staff_id": "SA-1"})
    await services.settle()
    services.mail.accepted.clear()
    await services.advance(minutes=10, seconds=1)
    assert kinds(services.mail.to(SA1)) == ["Overdue"]
    assert services.mail.to(VM1) == []


async def test_negative_feedback_tells_the_client_experience_manager_too(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    facts = {"feedback": {"sentiment": "negative", "about": ["service"]}}
    await services.post_event(
        step=REPAIR_VEHICLE, facts=facts, observed_by={"role": "service_advisor", "staff_id": "SA-1"}
    )
    await services.settle()
    services.mail.accepted.clear()
    await services.advance(days=1, hours=8, seconds=1)
    told = {mail["To"].addresses[0].addr_spec for mail in services.mail.accepted if "solution" in str(mail["Subject"])}
    assert {SA1, VM1, CX1} <= told


async def test_nobody_reachable_goes_to_the_next_rung_at_once_and_is_on_record(services: SteppedServices) -> None:
    off = {"presence": "off"}
    absent = {"SA-1": {"roles": ["service_advisor"], **off}, "VM-1": {"roles": ["service_manager"], **off}}
    await started(services, absent)
    await services.advance(hours=1, seconds=1)
    assert kinds(services.mail.to(GD1)) == ["Escalated to you"]
    noted = await services.rows(NOBODY_REACHABLE)
    assert len(noted) == 1
    await services.advance(hours=1)
    assert kinds(services.mail.to(GD1)) == ["Escalated to you"]


async def test_without_anybody_it_is_recorded(services: SteppedServices) -> None:
    nobody = {name: {**person, "presence": "off"} for name, person in TEAM_WITH_MANAGERS.items() if name != "PS-1"}
    await started(services, nobody)
    await services.advance(hours=1, seconds=1)
    noted = await services.rows(NOBODY_REACHABLE)
    assert [row["trace"]["step"] for row in noted][-1] is None
    assert await services.notifications("BREACHED") == []


async def test_a_substitute_is_told_in_place_of_one_who_is_off(services: SteppedServices) -> None:
    people = {"SA-1": {"roles": ["service_advisor"], "presence": "off", "substitute_id": "SP-1"}}
    await started(services, people)
    await services.advance(hours=1, seconds=1)
    assert kinds(services.mail.to("sp-1@lisboa.example")) == ["Overdue"]


async def test_a_breach_is_told_at_night_too(services: SteppedServices) -> None:
    await started(services, sla={MESSAGE_ANSWER: {"duration": "PT10H", "calendar": "none"}})
    await services.advance(hours=10, seconds=1)
    assert kinds(services.mail.to(SA1)) == ["Overdue"]


async def test_a_late_event_is_breached_on_arrival_without_a_warning(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    services.clock.advance(timedelta(hours=1))
    await services.post_infotainment_message(
        at=services.clock() - timedelta(minutes=90), observed_by={"role": "service_advisor"}
    )
    await services.settle()
    assert await services.notifications("WARNING") == []
    assert len(await services.notifications("BREACHED")) >= 1
