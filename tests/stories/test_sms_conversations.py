"""A person writes to a customer by SMS, the provider says what became of it, the customer answers, and stops."""

from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from harness.clocks import MovableClock
from harness.dealership import CUSTOMER, DEALER
from harness.gateways import Gateway, Reply, gateways
from harness.memory_mail_channel import MemoryMailChannel
from harness.names import EASY_ACCESS, MESSAGE_ANSWER
from harness.provider_signatures import twilio_signature
from harness.running_services import RunningServices
from journey_api.settings import ApiSettings
from notifier.channels.channel import Channel
from notifier.channels.sms import SmsAccount, SmsChannel
from shared.db.schema import contact

pytestmark = pytest.mark.database
PUBLIC = "https://handoff.example"
NUMBER = "+351912345678"
CHANNELS = [
    {"kind": "sms", "address": "912 345 678", "verified": True},
    {"kind": "email", "address": "ana@example.pt", "verified": True},
]


@pytest.fixture
async def gateway(clock: MovableClock) -> AsyncIterator[Gateway]:
    """The provider of SMS."""
    async with gateways(clock, 1) as (gateway,):
        yield gateway


@pytest.fixture
async def channels(gateway: Gateway, mails: MemoryMailChannel) -> AsyncIterator[Mapping[str, Channel]]:
    """SMS and e-mail."""
    sms = SmsChannel((gateway.url,), SmsAccount(gateway.account, gateway.token, "+351210000000", PUBLIC))
    yield {"sms": sms, "email": mails}
    await sms.close()


@pytest.fixture
def settings(settings: ApiSettings, gateway: Gateway) -> ApiSettings:
    """With what the provider signs with."""
    return settings.model_copy(update={"sms_token": gateway.token, "public_url": PUBLIC})


@pytest.fixture(autouse=True)
async def dealer(services: RunningServices) -> None:
    """Open around the clock, with a customer who prefers SMS."""
    await services.open_dealer()
    await services.add_customer(CUSTOMER, name="Ana Sousa", locale="en", channels=CHANNELS)


async def call_back(services: RunningServices, url: str, token: str = "secret", **form: str) -> int:
    """The provider posts a signed form to an address of ours; answers the status."""
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": twilio_signature(url, form, token),
    }
    answer = await services.caller.post(url.removeprefix(PUBLIC), content=urlencode(form), headers=headers)
    await services.settle()
    return answer.status_code


async def text_in(services: RunningServices, reference: str, body: str) -> int:
    """The customer sends a text message."""
    url = f"{PUBLIC}/v1/callbacks/sms/inbound"
    return await call_back(services, url, From=NUMBER, To="+351210000000", Body=body, MessageSid=reference)


async def write_in(services: RunningServices) -> str:
    """The customer's first message, about the infotainment; answers the case."""
    seen = {"role": "service_advisor", "staff_id": "S-service_advisor"}
    about = {"step": EASY_ACCESS, "channel": "message", "topics": ["infotainment"], "observed_by": seen}
    event_id = await services.post_event(customer_id="C-1", **about)
    await services.settle()
    return str((await services.get(f"/v1/events/{event_id}"))["case_id"])


async def test_words_are_accepted_delivered_and_read(
    services: RunningServices, gateway: Gateway, mails: MemoryMailChannel
) -> None:
    case_id = await write_in(services)
    assert (await services.timers(rule=MESSAGE_ANSWER))[MESSAGE_ANSWER]["state"] == "running"
    notification_id = await services.write_message(case_id=case_id)
    taken = gateway.ledger[-1]
    assert (taken.to, "The part has come." in taken.text) == (NUMBER, True)
    assert (await services.notification(notification_id))["status"] == "sent"
    assert (await services.timers(rule=MESSAGE_ANSWER))[MESSAGE_ANSWER]["state"] == "completed"
    said = (await services.get(f"/v1/dealers/{DEALER}/cases/{case_id}"))["contacts"][-1]
    shown = ("direction", "channel", "kind", "staff_id", "text")
    assert [said[name] for name in shown] == [
        "outbound",
        "message",
        "answer",
        "S-service_advisor",
        "The part has come.",
    ]

    assert taken.callback is not None
    report = {"MessageSid": taken.reference}
    assert await call_back(services, taken.callback, token="forged", **report, MessageStatus="read") == 403
    assert (await services.notification(notification_id))["status"] == "sent"
    for status, then in (("delivered", "delivered"), ("read", "read"), ("delivered", "read"), ("sent", "read")):
        assert await call_back(services, taken.callback, **report, MessageStatus=status) == 204
        assert (await services.notification(notification_id))["status"] == then
    assert [one["status"] for one in (await services.notification(notification_id))["attempts"]] == ["read"]


async def test_what_the_provider_cannot_deliver_goes_by_mail(
    services: RunningServices, gateway: Gateway, mails: MemoryMailChannel
) -> None:
    case_id = await write_in(services)
    notification_id = await services.write_message(case_id=case_id)
    taken = gateway.ledger[-1]
    assert taken.callback is not None
    failed = {"MessageSid": taken.reference, "MessageStatus": "undelivered", "ErrorCode": "30006"}
    assert await call_back(services, taken.callback, **failed) == 204
    shown = await services.notification(notification_id)
    assert (shown["status"], shown["attempts"][-1]["code"]) == ("failed", "30006")
    assert ["The part has come." in mail.text for mail in mails.taken] == [True]


async def test_an_answer_is_acknowledged_where_it_came_from_and_stop_by_nothing(
    services: RunningServices, gateway: Gateway, mails: MemoryMailChannel
) -> None:
    case_id = await write_in(services)
    await services.write_message(case_id=case_id)
    taken = gateway.ledger[-1]
    assert taken.callback is not None
    delivered = {"MessageSid": taken.reference, "MessageStatus": "delivered"}
    assert await call_back(services, taken.callback, **delivered) == 204
    await services.advance(minutes=11)
    before = len(gateway.ledger)
    assert await text_in(services, "SM-in-1", "And when may I come?") == 200
    assert [one.to for one in gateway.ledger[before:]] == [NUMBER]
    inbound = (await services.get(f"/v1/dealers/{DEALER}/cases/{case_id}"))["contacts"]
    assert "And when may I come?" in [one["text"] for one in inbound]

    assert {task["contact"]["channel"] for task in await services.tasks()} == {"sms"}
    before = len(gateway.ledger)
    assert await text_in(services, "SM-in-2", "Stop") == 200
    assert await text_in(services, "SM-in-2", "Stop") == 200
    assert {task["contact"]["channel"] for task in await services.tasks()} == {"email"}
    notification_id = await services.write_message(case_id=case_id, text="Come on Monday.")
    assert gateway.ledger[before:] == []
    assert ["Come on Monday." in mail.text for mail in mails.taken] == [True]
    assert mails.taken[0].unsubscribe is not None
    assert (await services.notification(notification_id))["channel"] == "email"

    assert await text_in(services, "SM-in-3", "START") == 200
    await services.write_message(case_id=case_id, text="Monday at nine.")
    assert ["Monday at nine." in one.text for one in gateway.ledger[before:]] == [True]
    kinds = await services.rows(select(contact.c.kind).where(contact.c.direction == "inbound"))
    assert sorted(str(row["kind"]) for row in kinds) == ["None", "courtesy", "courtesy"]


async def test_what_waits_for_a_second_try_goes_by_mail_after_stop(
    services: RunningServices, gateway: Gateway, mails: MemoryMailChannel
) -> None:
    case_id = await write_in(services)
    gateway.always = Reply(503)
    notification_id = await services.write_message(case_id=case_id)
    assert (await services.notification(notification_id))["status"] == "queued"
    gateway.always = None
    await text_in(services, "SM-in-1", "PARAR")
    await services.advance(minutes=2)
    await services.settle()
    assert not any("The part has come." in one.text for one in gateway.ledger)
    assert (await services.notification(notification_id))["status"] in ("failed", "withdrawn")
    assert ["The part has come." in mail.text for mail in mails.taken] == [True]
