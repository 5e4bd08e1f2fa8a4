"""A customer answers our mail: a contact of the case, which starts the clock of enquiries and is acknowledged."""

from collections.abc import Mapping

import pytest
from sqlalchemy import select

from harness.dealership import CUSTOMER, DEALER
from harness.memory_mail_channel import MemoryMailChannel
from harness.names import REMOTE_ENQUIRY_ANSWER
from harness.running_services import RunningServices
from journey_api.settings import ApiSettings
from notifier.channels.channel import Channel, Outbound
from shared.db.schema import suppression

pytestmark = pytest.mark.database
EMAIL = {"kind": "email", "address": "ana@example.pt", "verified": True}


@pytest.fixture
def channels(mails: MemoryMailChannel) -> Mapping[str, Channel]:
    """E-mail."""
    return {"email": mails}


@pytest.fixture
def settings(settings: ApiSettings) -> ApiSettings:
    """With a domain for answers."""
    return settings.model_copy(update={"email_callback_secret": "mail-secret", "reply_domain": "reply.example"})


@pytest.fixture(autouse=True)
async def customer(services: RunningServices) -> None:
    """A dealer with an address of its own, and a customer by e-mail."""
    await services.open_dealer(sender={"reply_to": "desk@lisboa.example", "email_from": "news@lisboa.example"})
    await services.add_customer(CUSTOMER, name="Ana Sousa", locale="en", channels=[EMAIL])


async def answer(services: RunningServices, mail: Outbound, text: str, number: int, **heads: str) -> None:
    """The customer answers a mail."""
    given = {"From": "ana@elsewhere.example", "To": mail.reply_to, "Message-ID": f"<m-{number}@x>", **heads}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    posted = await services.caller.post(
        "/v1/callbacks/email/inbound",
        content=f"{head}\r\n{text}".encode(),
        headers={"content-type": "message/rfc822", "authorization": "Bearer mail-secret"},
    )
    assert posted.status_code == 204, posted.text
    await services.settle()


async def test_an_answer_comes_back_to_its_case(services: RunningServices, mails: MemoryMailChannel) -> None:
    await services.contact(customer_id=CUSTOMER, direction="inbound", channel="email", text="When is it ready?")
    await services.settle()
    (acknowledgement,) = mails.taken
    assert acknowledgement.reply_to.startswith("reply+")
    assert acknowledgement.sender_address == "news@lisboa.example"
    (case,) = (await services.get(f"/v1/dealers/{DEALER}/cases", customer_id=CUSTOMER))["items"]
    await answer(services, acknowledgement, "And the price?\r\n\r\n> We have received your message\r\n", 1)
    contacts = (await services.get(f"/v1/dealers/{DEALER}/cases/{case['case_id']}"))["contacts"]
    assert [one["text"] for one in contacts if one["direction"] == "inbound"] == ["When is it ready?", "And the price?"]
    timers = await services.timers()
    assert timers[REMOTE_ENQUIRY_ANSWER]["state"] == "running"


async def test_a_machine_is_not_answered(services: RunningServices, mails: MemoryMailChannel) -> None:
    await services.contact(customer_id=CUSTOMER, direction="inbound", channel="email", text="When is it ready?")
    await services.settle()
    (acknowledgement,) = mails.taken
    for number in range(6):
        await answer(services, acknowledgement, "I am away.", number, **{"Auto-Submitted": "auto-replied"})
    assert mails.taken == [acknowledgement]


async def test_stop_ends_the_mails(services: RunningServices, mails: MemoryMailChannel) -> None:
    await services.contact(customer_id=CUSTOMER, direction="inbound", channel="email", text="When is it ready?")
    await services.settle()
    await answer(services, mails.taken[0], "STOP", 1)
    assert len(mails.taken) == 1
    closed = await services.rows(select(suppression.c.channel, suppression.c.reason))
    assert closed == [{"channel": "email", "reason": "stop"}] * 2, "where the mail went, and where the wish came from"
