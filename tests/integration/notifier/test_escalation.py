"""A clock that is missed is told: who, when, by whom to be answered, and when nobody is there."""

from datetime import timedelta
from typing import Any

import pytest
from postoffice import PEOPLE, PostOffice
from sqlalchemy import select

from shared.db.schema import sla_timer_event, task_event

pytestmark = pytest.mark.database

SA1, VM1, GD1, CX1 = (f"{name}@lisboa.example" for name in ("sa-1", "vm-1", "gd-1", "cx-1"))
PS1, PS2, SM1 = (f"{name}@lisboa.example" for name in ("ps-1", "ps-2", "sm-1"))
MAILBOX = "group@lisboa.example"
FIRST_ANSWER = "the first answer to a customer"


def kinds(subjects: list[str]) -> list[str]:
    """What the notices are, by their subjects."""
    return [subject.split(":")[0] for subject in subjects]


async def started(office: PostOffice, people: dict[str, Any] | None = None, **record: Any) -> str:
    """A message PS-1 has taken care of, so that only the customer's clocks run; answers the case."""
    await office.open({**PEOPLE, **(people or {})}, **record)
    await office.meet()
    await office.message(observed_by={"role": "service_advisor", "staff_id": "SA-1"})
    await office.settle()
    (task,) = await office.tasks("SA-07-01-c")
    await office.act(task["task_id"], "accept", "PS-1")
    await office.settle()
    office.mail.accepted.clear()
    return str(task["case_id"])


async def test_the_default_chain(office: PostOffice) -> None:
    await started(office, group_mailbox=MAILBOX)
    await office.advance(minutes=45)
    assert office.mail.to(SA1) == [f"Due soon: {FIRST_ANSWER}"]
    await office.advance(minutes=15, seconds=1)
    assert kinds(office.mail.to(SA1)) == ["Due soon", "Overdue"]
    assert kinds(office.mail.to(VM1)) == ["Overdue"]
    await office.advance(minutes=59, seconds=59)
    assert kinds(office.mail.to(GD1)) == ["Escalated to you"]
    await office.advance(minutes=60)
    assert kinds(office.mail.to(MAILBOX)) == ["Escalated to you"]
    assert (await office.records("handoff.sla.v1")).count("escalated") == 2


async def test_each_recipient_is_a_row_of_its_own(office: PostOffice) -> None:
    await started(office)
    office.mail.behaviour.append("550")
    await office.advance(hours=1, seconds=1)
    assert sorted(status for _, status in await office.statuses("BREACHED")) == ["delivered", "failed", "failed"]


async def test_an_answer_ends_the_chain(office: PostOffice) -> None:
    await started(office)
    await office.advance(hours=1, seconds=1)
    await office.answer()
    await office.advance(hours=4)
    assert await office.notices("ESCALATED") == []


async def close_the_loop(office: PostOffice, by: str) -> None:
    """PS-1 completes the task, and this person accepts the reminder to tell the customer."""
    (task,) = await office.tasks("SA-07-01-c")
    await office.act(task["task_id"], "complete", "PS-1", outcome="done")
    await office.settle()
    (reminder,) = await office.tasks("CLOSE-LOOP")
    await office.act(reminder["task_id"], "reassign", "VM-1", to_staff_id=by)
    await office.act(reminder["task_id"], "accept", by)
    await office.settle()


async def test_whoever_was_told_and_takes_it_up_silences_the_chain_for_an_hour(office: PostOffice) -> None:
    await started(office)
    await office.advance(hours=1, seconds=1)
    await close_the_loop(office, "SA-1")
    await office.advance(minutes=115)
    assert await office.notices("ESCALATED") == []
    await office.advance(minutes=5, seconds=1)
    assert kinds(office.mail.to(GD1)) == ["Escalated to you"]


async def test_progress_after_taking_it_up_ends_the_chain(office: PostOffice) -> None:
    await started(office)
    await office.advance(hours=1, seconds=1)
    await close_the_loop(office, "SA-1")
    await office.answer(kind="update")
    await office.advance(hours=6)
    assert await office.notices("ESCALATED") == []


async def test_one_who_was_not_told_silences_nothing(office: PostOffice) -> None:
    await started(office, {"SA-2": {"roles": ["service_advisor"]}})
    await office.advance(hours=1, seconds=1)
    await close_the_loop(office, "SA-2")
    await office.advance(hours=1)
    assert kinds(office.mail.to(GD1)) == ["Escalated to you"]


async def test_silence_passes_the_offer_on_and_tells_person_and_manager(office: PostOffice) -> None:
    await office.open()
    await office.meet()
    await office.message()
    await office.settle()
    await office.advance(minutes=12)
    await office.advance(minutes=3, seconds=1)
    assert kinds(office.mail.to(PS1)) == ["For you to accept", "Due soon", "Overdue"]
    assert kinds(office.mail.to(SM1)) == ["Overdue"]
    assert kinds(office.mail.to(PS2)) == ["For you to accept"]
    (task,) = await office.tasks("SA-07-01-c")
    assert (task["offered_to"], task["offer"]["cycle"]) == ("PS-2", 2)
    reasons = await office.rows(select(task_event.c.reason).where(task_event.c.action == "declined"))
    assert [row["reason"] for row in reasons] == ["silence"]


async def test_acknowledgement_warns_and_breaches_to_the_owner_only(office: PostOffice) -> None:
    await office.open()
    await office.meet(channels=[])
    await office.message(observed_by={"role": "service_advisor", "staff_id": "SA-1"})
    await office.settle()
    office.mail.accepted.clear()
    await office.advance(minutes=10, seconds=1)
    assert kinds(office.mail.to(SA1)) == ["Overdue"]
    assert office.mail.to(VM1) == []


async def test_negative_feedback_tells_the_client_experience_manager_too(office: PostOffice) -> None:
    await office.open()
    await office.meet()
    facts = {"feedback": {"sentiment": "negative", "about": ["service"]}}
    await office.post(step=17, facts=facts, observed_by={"role": "service_advisor", "staff_id": "SA-1"})
    await office.settle()
    office.mail.accepted.clear()
    await office.advance(days=1, hours=8, seconds=1)
    told = {mail["To"].addresses[0].addr_spec for mail in office.mail.accepted if "solution" in str(mail["Subject"])}
    assert {SA1, VM1, CX1} <= told


async def test_nobody_reachable_goes_to_the_next_rung_at_once_and_is_on_record(office: PostOffice) -> None:
    off = {"presence": "off"}
    absent = {"SA-1": {"roles": ["service_advisor"], **off}, "VM-1": {"roles": ["service_manager"], **off}}
    await started(office, absent)
    await office.advance(hours=1, seconds=1)
    assert kinds(office.mail.to(GD1)) == ["Escalated to you"]
    noted = await office.rows(select(sla_timer_event).where(sla_timer_event.c.action == "nobody_reachable"))
    assert len(noted) == 1
    await office.advance(hours=1)
    assert kinds(office.mail.to(GD1)) == ["Escalated to you"]


async def test_without_anybody_it_is_recorded(office: PostOffice) -> None:
    nobody = {name: {**person, "presence": "off"} for name, person in PEOPLE.items() if name != "PS-1"}
    await started(office, nobody)
    await office.advance(hours=1, seconds=1)
    noted = await office.rows(select(sla_timer_event).where(sla_timer_event.c.action == "nobody_reachable"))
    assert [row["trace"]["step"] for row in noted][-1] is None
    assert await office.notices("BREACHED") == []


async def test_a_substitute_is_told_in_place_of_one_who_is_off(office: PostOffice) -> None:
    people = {"SA-1": {"roles": ["service_advisor"], "presence": "off", "substitute_id": "SP-1"}}
    await started(office, people)
    await office.advance(hours=1, seconds=1)
    assert kinds(office.mail.to("sp-1@lisboa.example")) == ["Overdue"]


async def test_a_breach_is_told_at_night_too(office: PostOffice) -> None:
    await started(office, sla={"T-03": {"duration": "PT10H", "calendar": "none"}})
    await office.advance(hours=10, seconds=1)
    assert kinds(office.mail.to(SA1)) == ["Overdue"]


async def test_a_late_event_is_breached_on_arrival_without_a_warning(office: PostOffice) -> None:
    await office.open()
    await office.meet()
    await office.message(at=office.clock() - timedelta(minutes=90), observed_by={"role": "service_advisor"})
    await office.settle()
    assert await office.notices("WARNING") == []
    assert len(await office.notices("BREACHED")) >= 1
