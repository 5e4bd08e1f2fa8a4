"""What staff are told: offers, what becomes of them, and only on shift."""

from datetime import UTC, datetime

import pytest
from postoffice import DEALER, PEOPLE, PostOffice

from shared.commands.create_task import NewTask, start
from shared.db.engine import lock_keys, record_key
from shared.lifecycle import Task

pytestmark = pytest.mark.database

PS1, PS2, SM1 = "ps-1@lisboa.example", "ps-2@lisboa.example", "sm-1@lisboa.example"
TITLE = "Diagnose the infotainment or charging problem"


async def offered(office: PostOffice) -> str:
    """A fault that PS-1 is offered; answers the task."""
    await office.open()
    await office.meet()
    await office.message()
    await office.settle()
    (task,) = await office.tasks("SA-07-01-c")
    assert task["offered_to"] == "PS-1"
    return str(task["task_id"])


async def by_hand(office: PostOffice, **given: object) -> Task:
    """The sales manager hands something over."""
    values = {
        "dealer_id": DEALER,
        "customer_id": None,
        "case_id": None,
        "event_id": None,
        "entry": "SA-07-01-c",
        "kind": "deliver",
        "mode": "delegate",
        "matter": "demo",
        "from_role": "sales_manager",
        "to_role": "product_specialist",
        "started_by": "SM-1",
        "manual": True,
        **given,
    }
    async with office.database.transaction() as connection:
        await lock_keys(connection, [record_key(DEALER, None)])
        started = await start(connection, NewTask(**values), office.clock())  # type: ignore[arg-type]
    await office.settle()
    return started.task


async def test_the_person_offered_is_told_by_when_to_accept(office: PostOffice) -> None:
    await offered(office)
    assert office.mail.to(PS1) == [f"For you to accept: {TITLE}"]
    text = office.mail.text_to(PS1)
    assert "Dear Person PS-1," in text
    assert "Customer: Ana Sousa." in text
    assert "Monday, 23 November 2026 at 10:15" in text
    assert office.mail.to(PS2) == []


async def test_in_the_persons_own_language(office: PostOffice) -> None:
    await office.open({**PEOPLE, "PS-1": {"roles": ["product_specialist"], "locale": "pt-PT"}})
    await office.meet()
    await office.message()
    await office.settle()
    assert office.mail.to(PS1)[0].startswith("Para aceitar: ")


async def test_a_decline_passes_the_offer_on(office: PostOffice) -> None:
    task_id = await offered(office)
    await office.act(task_id, "decline", "PS-1", reason="busy")
    await office.settle()
    assert office.mail.to(PS2) == [f"For you to accept: {TITLE}"]
    assert len(office.mail.to(PS1)) == 1


async def test_an_offer_already_told_is_taken_back(office: PostOffice) -> None:
    task_id = await offered(office)
    await office.act(task_id, "accept", "PS-2")
    await office.settle()
    assert office.mail.to(PS1)[1:] == [f"No longer for you: {TITLE}"]
    assert office.mail.to(PS2) == []


async def test_an_offer_not_yet_told_is_never_told(office: PostOffice) -> None:
    await office.open()
    await office.meet()
    await office.message()
    await office.route()
    await office.hear()
    (task,) = await office.tasks("SA-07-01-c")
    await office.act(task["task_id"], "cancel", "SM-1")
    await office.settle()
    assert await office.statuses("OFFERED") == [("email", "withdrawn")]
    assert office.mail.to(PS1) == []


async def test_accepting_tells_nobody_anything(office: PostOffice) -> None:
    task_id = await offered(office)
    await office.act(task_id, "accept", "PS-1")
    await office.settle()
    assert len(office.mail.to(PS1)) == 1


async def test_the_starter_learns_of_a_decline_and_why(office: PostOffice) -> None:
    await office.open()
    task = await by_hand(office, to_staff_id="PS-1")
    await office.act(task.task_id, "decline", "PS-1", reason="not_my_skill")
    await office.settle()
    assert office.mail.to(SM1) == [f"Declined: {TITLE}"]
    assert "Person PS-1 has declined" in office.mail.text_to(SM1)
    assert "Reason: not their field." in office.mail.text_to(SM1)


async def test_a_queue_is_told_to_nobody(office: PostOffice) -> None:
    await office.open({"SA-1": {"roles": ["service_advisor"]}})
    await office.meet()
    await office.message()
    await office.settle()
    assert await office.notices("OFFERED") == []


async def test_off_shift_an_offer_waits_for_the_shift(office: PostOffice) -> None:
    await office.open()
    await office.advance(hours=12)
    await by_hand(office, to_staff_id="PS-1")
    (row,) = await office.notices("OFFERED")
    assert row["status"] == "held"
    assert row["not_before"] >= datetime(2026, 11, 24, 9, tzinfo=UTC)
    await office.advance(hours=11, minutes=5)
    assert office.mail.to(PS1) == [f"For you to accept: {TITLE}"]


async def test_each_offer_to_the_same_person_is_told(office: PostOffice) -> None:
    task_id = await offered(office)
    await office.act(task_id, "reassign", "SM-1", to_staff_id="PS-2")
    await office.settle()
    await office.act(task_id, "reassign", "SM-1", to_staff_id="PS-1")
    await office.settle()
    assert [subject.split(":")[0] for subject in office.mail.to(PS1)] == [
        "For you to accept",
        "No longer for you",
        "For you to accept",
    ]
