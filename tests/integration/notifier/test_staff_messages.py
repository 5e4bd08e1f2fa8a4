"""What staff are told: offers, what becomes of them, and only on shift."""

from datetime import UTC, datetime

import pytest

from harness.dealership import DEALER
from harness.names import INFOTAINMENT_TO_PRODUCT_SPECIALIST
from harness.people import TEAM_WITH_MANAGERS
from harness.smtp_server import plain_text
from harness.stepped_services import SteppedServices
from shared.commands.create_task import NewTask, start
from shared.db.engine import lock_keys, record_key
from shared.lifecycle import Task
from shared.playbook.ruleset.loader import playbook

pytestmark = pytest.mark.database

PS1, PS2, SM1 = "ps-1@lisboa.example", "ps-2@lisboa.example", "sm-1@lisboa.example"
TITLE = "Diagnose the infotainment or charging problem"


async def offered(services: SteppedServices) -> str:
    """A fault that PS-1 is offered; answers the task."""
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message()
    await services.settle()
    (task,) = await services.tasks(INFOTAINMENT_TO_PRODUCT_SPECIALIST)
    assert task["offered_to"] == "PS-1"
    return str(task["task_id"])


async def by_hand(services: SteppedServices, **given: object) -> Task:
    """The sales manager hands something over."""
    values = {
        "dealer_id": DEALER,
        "customer_id": None,
        "case_id": None,
        "event_id": None,
        "entry": INFOTAINMENT_TO_PRODUCT_SPECIALIST,
        "kind": "deliver",
        "mode": "delegate",
        "matter": "demo",
        "from_role": "sales_manager",
        "to_role": "product_specialist",
        "started_by": "SM-1",
        "manual": True,
        **given,
    }
    async with services.database.transaction() as connection:
        await lock_keys(connection, [record_key(DEALER, None)])
        started = await start(connection, playbook(), NewTask(**values), services.clock())  # type: ignore[arg-type]
    await services.settle()
    return started.task


async def test_the_person_offered_is_told_by_when_to_accept(services: SteppedServices) -> None:
    await offered(services)
    assert services.mail.to(PS1) == [f"For you to accept: {TITLE}"]
    text = services.mail.text_to(PS1)
    assert "Dear Person PS-1," in text
    assert "Customer: Ana Sousa." in text
    assert "Monday, 23 November 2026 at 10:15" in text
    assert services.mail.to(PS2) == []


async def test_in_the_persons_own_language(services: SteppedServices) -> None:
    await services.open_dealer({**TEAM_WITH_MANAGERS, "PS-1": {"roles": ["product_specialist"], "locale": "pt-PT"}})
    await services.add_customer()
    await services.post_infotainment_message()
    await services.settle()
    assert services.mail.to(PS1)[0].startswith("Para aceitar: ")


async def test_a_decline_passes_the_offer_on(services: SteppedServices) -> None:
    task_id = await offered(services)
    await services.act(task_id, "decline", "PS-1", reason="busy")
    await services.settle()
    assert services.mail.to(PS2) == [f"For you to accept: {TITLE}"]
    assert len(services.mail.to(PS1)) == 1


async def test_an_offer_already_told_is_taken_back(services: SteppedServices) -> None:
    task_id = await offered(services)
    await services.act(task_id, "accept", "PS-2")
    await services.settle()
    assert services.mail.to(PS1)[1:] == [f"No longer for you: {TITLE}"]
    assert services.mail.to(PS2) == []


async def test_an_offer_not_yet_told_is_never_told(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message()
    await services.route()
    await services.notify()
    (task,) = await services.tasks(INFOTAINMENT_TO_PRODUCT_SPECIALIST)
    await services.act(task["task_id"], "cancel", "SM-1")
    await services.settle()
    assert await services.statuses("OFFERED") == [("email", "withdrawn")]
    assert services.mail.to(PS1) == []


@pytest.mark.parametrize(
    ("person", "greeting"),
    [
        ({"gender": "f"}, "Exma. Senhora Noor Telles,"),
        ({"gender": "m", "salutation": "Eng."}, "Exmo. Eng. Noor Telles,"),
        ({}, "Exmo.(a) Senhor(a) Noor Telles,"),
        ({"salutation": "Sr. Eng."}, "Exmo. Sr. Eng. Noor Telles,"),
        ({"salutation": "Sr.", "locale": "es"}, "Estimado Sr. Noor Telles:"),
    ],
)
async def test_staff_are_addressed_as_their_record_says(
    services: SteppedServices, person: dict[str, str], greeting: str
) -> None:
    team = {"PS-1": {"roles": ["product_specialist"], "name": "Noor Telles", "locale": "pt-PT", **person}}
    await services.open_dealer(team)
    await services.add_customer()
    await services.post_infotainment_message()
    await services.settle()
    assert services.mail.text_to(PS1).startswith(greeting)


async def test_accepting_tells_nobody_anything(services: SteppedServices) -> None:
    task_id = await offered(services)
    await services.act(task_id, "accept", "PS-1")
    await services.settle()
    assert len(services.mail.to(PS1)) == 1


async def test_the_starter_learns_of_a_decline_and_why(services: SteppedServices) -> None:
    await services.open_dealer()
    task = await by_hand(services, to_staff_id="PS-1")
    await services.act(task.task_id, "decline", "PS-1", reason="not_my_skill")
    await services.settle()
    assert services.mail.to(SM1) == [f"Declined: {TITLE}"]
    assert "Person PS-1 has declined" in services.mail.text_to(SM1)
    assert "Reason: not their field." in services.mail.text_to(SM1)


async def test_a_queue_is_told_to_nobody(services: SteppedServices) -> None:
    await services.open_dealer({"SA-1": {"roles": ["service_advisor"]}})
    await services.add_customer()
    await services.post_infotainment_message()
    await services.settle()
    assert await services.notifications("OFFERED") == []


async def test_off_shift_an_offer_waits_for_the_shift(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.advance(hours=12)
    await by_hand(services, to_staff_id="PS-1")
    (row,) = await services.notifications("OFFERED")
    assert row["status"] == "held"
    assert row["scheduled_for"] >= datetime(2026, 11, 24, 9, tzinfo=UTC)
    await services.advance(hours=11, minutes=5)
    assert services.mail.to(PS1) == [f"For you to accept: {TITLE}"]


async def test_each_offer_to_the_same_person_is_told(services: SteppedServices) -> None:
    task_id = await offered(services)
    await services.act(task_id, "reassign", "SM-1", to_staff_id="PS-2")
    await services.settle()
    await services.act(task_id, "reassign", "SM-1", to_staff_id="PS-1")
    await services.settle()
    assert [subject.split(":")[0] for subject in services.mail.to(PS1)] == [
        "For you to accept",
        "No longer for you",
        "For you to accept",
    ]


async def test_a_notice_is_signed_by_the_dealership_and_leads_to_the_task(services: SteppedServices) -> None:
    """Never by the customer owner, who may be its reader."""
    services.public_url = "https://handoff.example/"
    task_id = await offered(services)
    lines = services.mail.text_to(PS1).splitlines()
    assert lines[-2:] == ["With kind regards,", "Lisboa Motors"]
    assert "Subject: Infotainment" in lines
    assert f"Open the task in Handoff: https://handoff.example/tasks/{task_id}" in lines


async def test_every_kind_of_notice_is_the_dealerships_with_a_link_and_facts(services: SteppedServices) -> None:
    """Offers, what becomes of them, warnings and breaches, to receivers, starters and managers."""
    services.public_url = "https://handoff.example"
    task_id = await offered(services)
    await services.act(task_id, "reassign", "SM-1", to_staff_id="PS-2")
    await services.advance(minutes=7, seconds=31)
    await services.advance(minutes=10)
    await services.advance(hours=3)
    by_hand_id = (await by_hand(services, to_staff_id="PS-1")).task_id
    await services.act(by_hand_id, "decline", "PS-1", reason="busy")
    await services.settle()
    kinds = set()
    for mail in services.mail.accepted:
        if not mail["To"].addresses[0].domain.startswith("lisboa"):
            continue
        lines = plain_text(mail).splitlines()
        kinds.add(str(mail["Subject"]).split(":")[0])
        assert lines[-2:] == ["With kind regards,", "Lisboa Motors"], mail["Subject"]
        assert mail["To"].addresses[0].display_name not in "\n".join(lines[1:]), mail["Subject"]
        assert any(": https://handoff.example/" in line for line in lines), mail["Subject"]
        assert any(line.startswith(("Subject: ", "Case: ", "Priority: ")) for line in lines), mail["Subject"]
    assert len(kinds) >= 5, kinds
