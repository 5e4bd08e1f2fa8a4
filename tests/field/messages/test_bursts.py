"""Automatic answers to somebody who writes much at once, and what ours say of themselves."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from harness.stepped_services import PostOffice
from sqlalchemy import select

from shared.commands.record_contact import NewContact, record_contact
from shared.db.engine import lock_keys, record_key
from shared.db.schema import sla_timer

pytestmark = pytest.mark.database
DEALER = "lisboa-01"


@pytest.mark.parametrize(("count", "apart"), [(2, 0), (5, 0), (5, 1), (12, 40)])
async def test_a_burst_of_messages_has_one_acknowledgement(office: PostOffice, count: int, apart: int) -> None:
    await office.open()
    await office.meet()
    for _ in range(count):
        await office.message()
        await office.advance(seconds=apart)
    await office.settle()
    assert office.mail.to("ana@example.pt") == ["We have received your message"]
    clocks = await _clocks(office, "T-02")
    assert [clock["state"] for clock in clocks] == ["completed"]


@pytest.mark.parametrize("channel", ["message", "email"])
async def test_what_providers_hand_over_has_one_too(office: PostOffice, channel: str) -> None:
    await office.open()
    await office.meet()
    for _ in range(5):
        await _wrote(office, office.clock(), channel)
    await office.settle()
    assert office.mail.to("ana@example.pt") == ["We have received your message"]
    assert len(await _clocks(office, "T-02")) == 1


@pytest.mark.parametrize(("days", "mails"), [(29, 1), (31, 0), (400, 0)])
async def test_one_of_more_than_a_month_ago_is_not_acknowledged(office: PostOffice, days: int, mails: int) -> None:
    await office.open()
    await office.meet()
    await _wrote(office, office.clock() - timedelta(days=days), "email")
    await office.settle()
    assert len(office.mail.to("ana@example.pt")) == mails


@pytest.mark.parametrize("minutes", [9, 11, 59])
async def test_whoever_goes_on_writing_while_the_answer_is_owed_has_been_acknowledged(
    office: PostOffice, minutes: int
) -> None:
    await office.open()
    await office.meet()
    await office.message()
    await office.settle()
    await office.advance(minutes=minutes)
    before = len(office.mail.to("ana@example.pt"))
    await office.message()
    await office.settle()
    assert len(office.mail.to("ana@example.pt")) == before == 1
    assert len(await _clocks(office, "T-02")) == 1


@pytest.mark.parametrize("minutes", [11, 90])
async def test_a_new_message_after_the_answer_is_acknowledged_anew(office: PostOffice, minutes: int) -> None:
    await office.open()
    await office.meet()
    await office.message()
    await office.settle()
    await office.answer()
    await office.advance(minutes=minutes)
    await office.message()
    await office.settle()
    assert office.mail.to("ana@example.pt") == ["We have received your message"] * 2
    assert [clock["state"] for clock in await _clocks(office, "T-02")] == ["completed", "completed"]


async def test_another_customers_message_is_acknowledged_beside_it(office: PostOffice) -> None:
    await office.open()
    await office.meet()
    rui = [{"kind": "email", "address": "rui@example.pt", "verified": True}]
    await office.meet("C-2", name="Rui Sá", channels=rui)
    for customer_id in ("C-1", "C-2", "C-1", "C-2"):
        await office.message(customer_id=customer_id)
    await office.settle()
    assert sorted(str(mail["To"]) for mail in office.mail.accepted if "received" in str(mail["Subject"])) == [
        "Ana Sousa <ana@example.pt>",
        "Rui Sá <rui@example.pt>",
    ]


async def test_our_mails_say_that_a_machine_wrote_them(office: PostOffice) -> None:
    await office.open()
    await office.meet()
    await office.message()
    await office.post(step=16, occurrences=["repair_status_changed"], topics=[])
    await office.settle()
    said = {str(mail["Subject"]): str(mail["Auto-Submitted"]) for mail in office.mail.accepted}
    assert said.pop("We have received your message") == "auto-replied"
    assert set(said.values()) == {"auto-generated"}
    assert {str(mail["X-Auto-Response-Suppress"]) for mail in office.mail.accepted} == {"All"}


async def test_a_dealers_own_sender_is_whom_its_mails_come_from(office: PostOffice) -> None:
    sender = {"name": "Stand Lisboa", "email_from": "ola@lisboã.example", "reply_to": "respostas@lisboa.example"}
    await office.open(sender=sender)
    await office.meet()
    await office.message()
    await office.settle()
    mail = office.mail.accepted[0]
    assert str(mail["From"]) == "Stand Lisboa <ola@xn--lisbo-fra.example>".replace(
        "xn--lisbo-fra", "lisboã".encode("idna").decode()
    )
    assert [one.addr_spec for one in mail["Reply-To"].addresses] == ["respostas@lisboa.example"]


async def _wrote(office: PostOffice, at: datetime, channel: str) -> None:
    new = NewContact(dealer_id=DEALER, customer_id="C-1", direction="inbound", at=at, channel=channel)
    office.clock.advance(timedelta(milliseconds=200))
    async with office.database.transaction() as connection:
        await lock_keys(connection, [record_key(DEALER, "C-1")])
        await record_contact(connection, new, office.clock())


async def _clocks(office: PostOffice, rule: str) -> list[dict[str, Any]]:
    return await office.rows(select(sla_timer).where(sla_timer.c.rule == rule).order_by(sla_timer.c.cycle))
