"""Automatic answers to somebody who writes much at once, and what ours say of themselves."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from harness.dealership import DEALER
from harness.names import CARE_FOR_VEHICLE, MESSAGE_ACKNOWLEDGEMENT, REPAIR_STATUS_CHANGED
from harness.stepped_services import SteppedServices
from shared.commands.record_contact import NewContact, record_contact
from shared.db.engine import lock_keys, record_key
from shared.db.schema import sla_timer
from shared.playbook.ruleset.loader import playbook

pytestmark = pytest.mark.database


@pytest.mark.parametrize(("count", "apart"), [(2, 0), (5, 0), (5, 1), (12, 40)])
async def test_a_burst_of_messages_has_one_acknowledgement(services: SteppedServices, count: int, apart: int) -> None:
    await services.open_dealer()
    await services.add_customer()
    for _ in range(count):
        await services.post_infotainment_message()
        await services.advance(seconds=apart)
    await services.settle()
    assert services.mail.to("ana@example.pt") == ["We have received your message"]
    clocks = await _clocks(services, MESSAGE_ACKNOWLEDGEMENT)
    assert [clock["state"] for clock in clocks] == ["completed"]


@pytest.mark.parametrize(("channel", "clocks"), [("message", 1), ("email", 0)])
async def test_what_providers_hand_over_has_one_too(services: SteppedServices, channel: str, clocks: int) -> None:
    await services.open_dealer()
    await services.add_customer()
    for _ in range(5):
        await _wrote(services, services.clock(), channel)
    await services.settle()
    assert services.mail.to("ana@example.pt") == ["We have received your message"]
    assert len(await _clocks(services, MESSAGE_ACKNOWLEDGEMENT)) == clocks


@pytest.mark.parametrize(("days", "mails"), [(29, 1), (31, 0), (400, 0)])
async def test_one_of_more_than_a_month_ago_is_not_acknowledged(
    services: SteppedServices, days: int, mails: int
) -> None:
    await services.open_dealer()
    await services.add_customer()
    await _wrote(services, services.clock() - timedelta(days=days), "email")
    await services.settle()
    assert len(services.mail.to("ana@example.pt")) == mails


@pytest.mark.parametrize("minutes", [9, 11, 59])
async def test_whoever_goes_on_writing_while_the_answer_is_owed_has_been_acknowledged(
    services: SteppedServices, minutes: int
) -> None:
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message()
    await services.settle()
    await services.advance(minutes=minutes)
    before = len(services.mail.to("ana@example.pt"))
    await services.post_infotainment_message()
    await services.settle()
    assert len(services.mail.to("ana@example.pt")) == before == 1
    assert len(await _clocks(services, MESSAGE_ACKNOWLEDGEMENT)) == 1


@pytest.mark.parametrize("minutes", [11, 90])
async def test_a_new_message_after_the_answer_is_acknowledged_anew(services: SteppedServices, minutes: int) -> None:
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message()
    await services.settle()
    await services.answer_customer()
    await services.advance(minutes=minutes)
    await services.post_infotainment_message()
    await services.settle()
    assert services.mail.to("ana@example.pt") == ["We have received your message"] * 2
    assert [clock["state"] for clock in await _clocks(services, MESSAGE_ACKNOWLEDGEMENT)] == ["completed", "completed"]


async def test_another_customers_message_is_acknowledged_beside_it(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    rui = [{"kind": "email", "address": "rui@example.pt", "verified": True}]
    await services.add_customer("C-2", name="Rui Sá", channels=rui)
    for customer_id in ("C-1", "C-2", "C-1", "C-2"):
        await services.post_infotainment_message(customer_id=customer_id)
    await services.settle()
    assert sorted(str(mail["To"]) for mail in services.mail.accepted if "received" in str(mail["Subject"])) == [
        "Ana Sousa <ana@example.pt>",
        "Rui Sá <rui@example.pt>",
    ]


async def test_our_mails_say_that_a_machine_wrote_them(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message()
    await services.post_event(step=CARE_FOR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=[])
    await services.settle()
    said = {str(mail["Subject"]): str(mail["Auto-Submitted"]) for mail in services.mail.accepted}
    assert said.pop("We have received your message") == "auto-replied"
    assert set(said.values()) == {"auto-generated"}
    assert {str(mail["X-Auto-Response-Suppress"]) for mail in services.mail.accepted} == {"All"}


SENDERS = {
    "a domain beyond ASCII": (
        {"name": "Stand Lisboa", "email_from": "ola@lisboã.example", "reply_to": "respostas@lisboa.example"},
        ("Stand Lisboa", f"ola@{'lisboã'.encode('idna').decode()}.example", "respostas@lisboa.example"),
    ),
    "a name that has to be quoted": (
        {"name": 'Silva, Filhos & Cª "Lda."; <Porto>', "email_from": "a.b+balcao@stand.example"},
        ('Silva, Filhos & Cª "Lda."; <Porto>', "a.b+balcao@stand.example", None),
    ),
    "a name in other letters": (
        {"name": "Автоцентр 北京之星", "email_from": "salon@stand.example"},
        ("Автоцентр 北京之星", "salon@stand.example", None),
    ),
    "an answer elsewhere only": ({"reply_to": "mesa@stand.example"}, ("Lisboa Motors", None, "mesa@stand.example")),
    "nothing of its own": ({}, ("Lisboa Motors", None, None)),
}


@pytest.mark.parametrize(("sender", "expected"), SENDERS.values(), ids=SENDERS)
async def test_a_dealers_own_sender_is_whom_its_mails_come_from(
    services: SteppedServices, sender: dict[str, str], expected: tuple[str, str | None, str | None]
) -> None:
    await services.open_dealer(sender=sender)
    await services.add_customer()
    await services.post_infotainment_message()
    await services.settle()
    assert services.mail.accepted
    name, address, answers = expected
    for mail in services.mail.accepted:
        (author,) = mail["From"].addresses
        assert (author.display_name, author.addr_spec) == (name, address or author.addr_spec)
        assert (mail["Reply-To"].addresses[0].addr_spec if mail["Reply-To"] else None) == answers


async def _wrote(services: SteppedServices, at: datetime, channel: str) -> None:
    new = NewContact(dealer_id=DEALER, customer_id="C-1", direction="inbound", at=at, channel=channel)
    services.clock.advance(timedelta(milliseconds=200))
    async with services.database.transaction() as connection:
        await lock_keys(connection, [record_key(DEALER, "C-1")])
        await record_contact(connection, playbook(), new, services.clock())


async def _clocks(services: SteppedServices, rule: str) -> list[dict[str, Any]]:
    return await services.rows(select(sla_timer).where(sla_timer.c.rule == rule).order_by(sla_timer.c.cycle))
