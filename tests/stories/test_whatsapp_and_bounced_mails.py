"""A customer writes on WhatsApp and is answered there, a day later by a template; a mail comes back."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from harness.clocks import MovableClock
from harness.gateways import Gateway
from harness.provider_signatures import hub_signature
from harness.running_services import DEALER, RunningServices
from harness.sending_services import SendingSide, sending_side

from notifier.channels.whatsapp import WhatsAppAccount, WhatsAppChannel
from shared.process.settings import Settings

pytestmark = pytest.mark.database
NUMBER = "+351912345678"
WHATSAPP = {"kind": "whatsapp", "address": NUMBER, "verified": True}
EMAIL = {"kind": "email", "address": "ana@example.pt", "verified": True}
TELEPHONE = {"kind": "telephone", "address": NUMBER, "verified": True}
TEMPLATE = {"text": None, "template": "call_back", "params": {"when": "at ten"}}


class Exchange(SendingSide):
    """With WhatsApp, and its way back to us."""

    async def advance(self, **by: float) -> None:
        """Let time pass, and everybody work."""
        await self.services.advance(**by)
        await self.work()

    async def meet(self, *ways: dict[str, Any]) -> None:
        """The customer with these channels, in this order."""
        await self.services.add_customer("C-1", name="Ana Sousa", locale="en", channels=list(ways))

    async def tell(self, **value: Any) -> None:
        """WhatsApp posts a notification."""
        entry = {"id": "1022", "changes": [{"field": "messages", "value": {"messaging_product": "whatsapp", **value}}]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        headers = {"content-type": "application/json", "x-hub-signature-256": hub_signature(body, "app-secret")}
        answer = await self.caller.post("/v1/callbacks/whatsapp", content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        await self.work()

    async def write_in(self, words: str, reference: str = "wamid.in") -> str:
        """The customer writes on WhatsApp; answers the case."""
        said = {"from": NUMBER[1:], "id": reference, "timestamp": "1", "type": "text", "text": {"body": words}}
        await self.tell(messages=[said])
        (case,) = (await self.services.get(f"/v1/dealers/{DEALER}/cases", customer_id="C-1"))["items"]
        return str(case["case_id"])

    async def shown(self, message: str) -> list[tuple[str | None, str]]:
        """Channel and status of the notifications of a kind, the oldest first."""
        found = reversed(await self.notifications())
        return [(one["channel"], one["status"]) for one in found if one["message"] == message]


@pytest.fixture
async def exchange(services: RunningServices, clock: MovableClock) -> AsyncIterator[Exchange]:
    """The services with WhatsApp and e-mail."""
    gateway = Gateway(clock)
    await gateway.start()
    whatsapp = WhatsAppChannel(WhatsAppAccount(gateway.url, gateway.token, "555"), clock)
    settings = Settings(whatsapp_app_secret="app-secret", email_callback_secret="mail-secret")
    async with sending_side(Exchange, services, gateway, {"whatsapp": whatsapp}, settings) as exchange:
        yield exchange
    await whatsapp.close()
    await gateway.stop()


async def test_a_message_is_answered_where_it_came_from(exchange: Exchange) -> None:
    await exchange.meet(EMAIL, WHATSAPP)
    case_id = await exchange.write_in("When may I come?")
    (acknowledgement,) = exchange.gateway.ledger
    assert acknowledgement.document["type"] == "text"
    timers = await exchange.services.timers()
    assert [(rule, timers[rule]["state"]) for rule in ("T-02", "T-03")] == [("T-02", "completed"), ("T-03", "running")]

    await exchange.say(case_id=case_id)
    assert "The part has come." in exchange.gateway.ledger[-1].text
    assert (await exchange.services.timers())["T-03"]["state"] == "completed"
    # the provider repeats, and does not always say what we called it
    for status in ("delivered", "read", "sent", "delivered"):
        await exchange.tell(statuses=[{"id": exchange.gateway.ledger[-1].reference, "status": status}])
    assert await exchange.shown("MESSAGE") == [("whatsapp", "read")]


@pytest.mark.parametrize(
    ("after", "words", "sent"),
    [
        (timedelta(hours=24, seconds=-1), {}, ("whatsapp", "text")),
        (timedelta(hours=24), TEMPLATE, ("whatsapp", "template")),
        (timedelta(hours=24), {}, ("email", None)),
    ],
)
async def test_a_day_later_free_words_go_another_way(
    exchange: Exchange, after: timedelta, words: dict[str, Any], sent: tuple[str, str | None]
) -> None:
    await exchange.meet(WHATSAPP, EMAIL)
    case_id = await exchange.write_in("When may I come?")
    before = len(exchange.gateway.ledger)
    exchange.services.clock.advance(after)
    await exchange.say(case_id=case_id, **words)
    assert [channel for channel, _ in await exchange.shown("MESSAGE")] == [sent[0]]
    kinds = [taken.document["type"] for taken in exchange.gateway.ledger[before:]]
    assert kinds == ([sent[1]] if sent[1] else [])


async def test_nobody_hears_of_it_so_somebody_calls_until_the_customer_writes(exchange: Exchange) -> None:
    await exchange.meet(WHATSAPP, TELEPHONE)
    case_id = await exchange.write_in("When may I come?")
    await exchange.say(case_id=case_id)
    await exchange.advance(minutes=29)
    assert await exchange.shown("MESSAGE") == [("whatsapp", "sent")]
    await exchange.advance(minutes=1)
    assert await exchange.shown("MESSAGE") == [("whatsapp", "failed"), ("telephone", "sent")]
    assert (await exchange.services.task("CALL"))["contact"]["channel"] == "telephone"
    await exchange.write_in("I have read it, thank you", "wamid.again")
    assert await exchange.shown("MESSAGE") == [("whatsapp", "failed"), ("telephone", "withdrawn")]
    assert (await exchange.services.task("CALL"))["status"] == "cancelled"


async def test_after_stop_nothing_goes_there_and_after_start_it_does(exchange: Exchange) -> None:
    await exchange.meet(WHATSAPP, EMAIL)
    case_id = await exchange.write_in("When may I come?")
    before = len(exchange.gateway.ledger)
    await exchange.write_in("Pare.", "wamid.stop")
    await exchange.say(case_id=case_id)
    assert (len(exchange.gateway.ledger), await exchange.shown("MESSAGE")) == (before, [("email", "delivered")])
    await exchange.write_in("Começar", "wamid.start")
    await exchange.say(case_id=case_id)
    assert (await exchange.shown("MESSAGE"))[1:] == [("whatsapp", "sent")]


async def test_a_mail_that_comes_back_goes_another_way_and_its_address_is_closed(exchange: Exchange) -> None:
    await exchange.meet(EMAIL, TELEPHONE)
    seen = {"channel": "store", "topics": ["infotainment"], "observed_by": {"role": "service_advisor"}}
    event_id = await exchange.services.post_event(customer_id="C-1", step=13, **seen)
    case_id = (await exchange.services.get(f"/v1/events/{event_id}"))["case_id"]
    await exchange.say(case_id=case_id)
    assert await exchange.shown("MESSAGE") == [("email", "delivered")]
    attempt_id = exchange.mails.taken[-1].attempt_id
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
        answer = await exchange.caller.post("/v1/callbacks/email", content=body, headers=headers)
        assert answer.status_code == 204, answer.text
        await exchange.work()
    assert await exchange.shown("MESSAGE") == [("email", "failed"), ("telephone", "sent")]
    await exchange.say(case_id=case_id)
    assert len(exchange.mails.taken) == 1
