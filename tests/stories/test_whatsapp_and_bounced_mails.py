"""A customer writes on WhatsApp and is answered there, a day later by a template; a mail comes back."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from harness.clocks import MovableClock
from harness.dealership import CUSTOMER, DEALER
from harness.gateways import Gateway, gateways
from harness.memory_mail_channel import MemoryMailChannel
from harness.names import EASY_ACCESS, MESSAGE_ACKNOWLEDGEMENT, MESSAGE_ANSWER
from harness.provider_signatures import hub_signature
from harness.running_services import RunningServices
from journey_api.settings import ApiSettings
from notifier.channels.channel import Channel
from notifier.channels.whatsapp import WhatsAppAccount, WhatsAppChannel

pytestmark = pytest.mark.database
NUMBER = "+351912345678"
WHATSAPP = {"kind": "whatsapp", "address": NUMBER, "verified": True}
EMAIL = {"kind": "email", "address": "ana@example.pt", "verified": True}
TELEPHONE = {"kind": "telephone", "address": NUMBER, "verified": True}
TEMPLATE = {"text": None, "template": "call_back", "params": {"when": "at ten"}}


@pytest.fixture
async def gateway(clock: MovableClock) -> AsyncIterator[Gateway]:
    """The provider of WhatsApp."""
    async with gateways(clock, 1) as (gateway,):
        yield gateway


@pytest.fixture
async def channels(
    clock: MovableClock, gateway: Gateway, mails: MemoryMailChannel
) -> AsyncIterator[Mapping[str, Channel]]:
    """WhatsApp and e-mail."""
    whatsapp = WhatsAppChannel(WhatsAppAccount(gateway.url, gateway.token, "555"), clock)
    yield {"whatsapp": whatsapp, "email": mails}
    await whatsapp.close()


@pytest.fixture
def settings(settings: ApiSettings) -> ApiSettings:
    """With what the providers sign with."""
    return settings.model_copy(update={"whatsapp_app_secret": "app-secret", "email_callback_secret": "mail-secret"})


@pytest.fixture(autouse=True)
async def dealer(services: RunningServices) -> None:
    """Open around the clock."""
    await services.open_dealer()


async def meet(services: RunningServices, *channels: dict[str, Any]) -> None:
    """The customer with these channels, in this order."""
    await services.add_customer(CUSTOMER, name="Ana Sousa", locale="en", channels=list(channels))


async def notify(services: RunningServices, **value: Any) -> None:
    """WhatsApp posts a notification."""
    entry = {"id": "1022", "changes": [{"field": "messages", "value": {"messaging_product": "whatsapp", **value}}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    headers = {"content-type": "application/json", "x-hub-signature-256": hub_signature(body, "app-secret")}
    answer = await services.caller.post("/v1/callbacks/whatsapp", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    await services.settle()


async def write_in(services: RunningServices, words: str, reference: str = "wamid.in") -> str:
    """The customer writes on WhatsApp; answers the case."""
    said = {"from": NUMBER[1:], "id": reference, "timestamp": "1", "type": "text", "text": {"body": words}}
    await notify(services, messages=[said])
    (case,) = (await services.get(f"/v1/dealers/{DEALER}/cases", customer_id=CUSTOMER))["items"]
    return str(case["case_id"])


async def test_a_message_is_answered_where_it_came_from(
    services: RunningServices, gateway: Gateway, mails: MemoryMailChannel
) -> None:
    await meet(services, EMAIL, WHATSAPP)
    case_id = await write_in(services, "When may I come?")
    (acknowledgement,) = gateway.ledger
    assert acknowledgement.document["type"] == "text"
    timers = await services.timers()
    assert [(rule, timers[rule]["state"]) for rule in (MESSAGE_ACKNOWLEDGEMENT, MESSAGE_ANSWER)] == [
        (MESSAGE_ACKNOWLEDGEMENT, "completed"),
        (MESSAGE_ANSWER, "running"),
    ]

    await services.write_message(case_id=case_id)
    assert "The part has come." in gateway.ledger[-1].text
    assert (await services.timers())[MESSAGE_ANSWER]["state"] == "completed"
    # the provider repeats, and does not always say what we called it
    for status in ("delivered", "read", "sent", "delivered"):
        await notify(services, statuses=[{"id": gateway.ledger[-1].reference, "status": status}])
    assert await services.statuses("MESSAGE") == [("whatsapp", "read")]


@pytest.mark.parametrize(
    ("after", "words", "sent"),
    [
        (timedelta(hours=24, seconds=-1), {}, ("whatsapp", "text")),
        (timedelta(hours=24), TEMPLATE, ("whatsapp", "template")),
        (timedelta(hours=24), {}, ("email", None)),
    ],
)
async def test_a_day_later_free_words_go_another_way(
    services: RunningServices,
    gateway: Gateway,
    mails: MemoryMailChannel,
    after: timedelta,
    words: dict[str, Any],
    sent: tuple[str, str | None],
) -> None:
    await meet(services, WHATSAPP, EMAIL)
    case_id = await write_in(services, "When may I come?")
    before = len(gateway.ledger)
    services.clock.advance(after)
    await services.write_message(case_id=case_id, **words)
    assert [channel for channel, _ in await services.statuses("MESSAGE")] == [sent[0]]
    kinds = [taken.document["type"] for taken in gateway.ledger[before:]]
    assert kinds == ([sent[1]] if sent[1] else [])


async def test_nobody_hears_of_it_so_somebody_calls_until_the_customer_writes(
    services: RunningServices, gateway: Gateway, mails: MemoryMailChannel
) -> None:
    await meet(services, WHATSAPP, TELEPHONE)
    case_id = await write_in(services, "When may I come?")
    await services.write_message(case_id=case_id)
    await services.advance(minutes=29)
    assert await services.statuses("MESSAGE") == [("whatsapp", "sent")]
    await services.advance(minutes=1)
    assert await services.statuses("MESSAGE") == [("whatsapp", "failed"), ("telephone", "sent")]
    assert (await services.task("CALL"))["contact"]["channel"] == "telephone"
    await write_in(services, "I have read it, thank you", "wamid.again")
    assert await services.statuses("MESSAGE") == [("whatsapp", "failed"), ("telephone", "withdrawn")]
    assert (await services.task("CALL"))["status"] == "cancelled"


async def test_after_stop_nothing_goes_there_and_after_start_it_does(
    services: RunningServices, gateway: Gateway, mails: MemoryMailChannel
) -> None:
    await meet(services, WHATSAPP, EMAIL)
    case_id = await write_in(services, "When may I come?")
    before = len(gateway.ledger)
    await write_in(services, "Pare.", "wamid.stop")
    await services.write_message(case_id=case_id)
    assert (len(gateway.ledger), await services.statuses("MESSAGE")) == (before, [("email", "delivered")])
    await write_in(services, "Começar", "wamid.start")
    await services.write_message(case_id=case_id)
    assert (await services.statuses("MESSAGE"))[1:] == [("whatsapp", "sent")]


async def test_a_mail_that_comes_back_goes_another_way_and_its_address_is_closed(
    services: RunningServices, gateway: Gateway, mails: MemoryMailChannel
) -> None:
    await meet(services, EMAIL, TELEPHONE)
    seen = {"channel": "store", "topics": ["infotainment"], "observed_by": {"role": "service_advisor"}}
    event_id = await services.post_event(customer_id="C-1", step=EASY_ACCESS, **seen)
    case_id = (await services.get(f"/v1/events/{event_id}"))["case_id"]
    await services.write_message(case_id=case_id)
    assert await services.statuses("MESSAGE") == [("email", "delivered")]
    attempt_id = mails.taken[-1].attempt_id
    returned = (
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
        "Final-Recipient: rfc822; ana@example.pt\nAction: failed\nStatus: 5.1.1\n"
    )
    original = f"Content-Type: text/rfc822-headers\n\nMessage-ID: <{attempt_id}@x>\n"
    body = f"--b\nContent-Type: text/plain\n\nGone.\n--b\n{returned}\n--b\n{original}\n--b--\n"
    headers = {
        "content-type": 'multipart/report; report-type=delivery-status; boundary="b"',
        "authorization": "Bearer mail-secret",
    }
    for _ in range(2):
        answer = await services.caller.post("/v1/callbacks/email", content=body, headers=headers)
        assert answer.status_code == 204, answer.text
        await services.settle()
    assert await services.statuses("MESSAGE") == [("email", "failed"), ("telephone", "sent")]
    await services.write_message(case_id=case_id)
    assert len(mails.taken) == 1
