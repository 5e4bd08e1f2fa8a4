"""The WhatsApp channel against a gateway: free words in the window, templates outside of it, and its error codes."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from harness.gateways import Fault, Gateway, Reply
from notifier.channels.channel import (
    Outbound,
    SendingFailed,
    SupportsLookup,
    Template,
    TryLater,
    Unconfirmed,
    Undeliverable,
)
from notifier.channels.whatsapp import WhatsAppAccount, WhatsAppChannel

MESSAGE = Outbound(
    attempt_id="attempt-1",
    channel="whatsapp",
    to="911111111",
    to_name="Ana",
    sender="Lisboa Motors",
    subject="News",
    text="Olá Ana\n",
    language="pt-PT",
    region="PT",
    template=Template("handoff_status", ("Ana", "Lisboa\nMotors", "")),
)
OUTSIDE = replace(MESSAGE, free_words=False)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    """A provider that is well."""
    gateway = Gateway()
    await gateway.start()
    yield gateway
    await gateway.stop()


@pytest.fixture
async def channel(gateway: Gateway) -> AsyncIterator[WhatsAppChannel]:
    """The channel of one number."""
    channel = WhatsAppChannel(WhatsAppAccount(gateway.url, "secret", "555"), timeout=httpx.Timeout(10, read=1.5))
    yield channel
    await channel.close()


async def failure(channel: WhatsAppChannel, message: Outbound) -> SendingFailed:
    """How the next send fails."""
    with pytest.raises(SendingFailed) as caught:
        await channel.send(message)
    return caught.value


async def test_free_words_in_the_window(channel: WhatsAppChannel, gateway: Gateway) -> None:
    accepted = await channel.send(MESSAGE)
    (taken,) = gateway.ledger
    assert accepted.reference == taken.reference
    assert taken.document == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+351911111111",
        "biz_opaque_callback_data": "attempt-1",
        "type": "text",
        "text": {"body": "Olá Ana", "preview_url": False},
    }


async def test_a_template_outside_of_it(channel: WhatsAppChannel, gateway: Gateway) -> None:
    await channel.send(OUTSIDE)
    parameters = [{"type": "text", "text": text} for text in ("Ana", "Lisboa Motors", "-")]
    assert gateway.ledger[0].document["template"] == {
        "name": "handoff_status",
        "language": {"code": "pt_PT"},
        "components": [{"type": "body", "parameters": parameters}],
    }
    assert gateway.ledger[0].attempt_id == "attempt-1"


async def test_words_without_a_template_stay(channel: WhatsAppChannel, gateway: Gateway) -> None:
    found = await failure(channel, replace(OUTSIDE, template=None))
    assert (type(found), found.code) == (Undeliverable, "outside_window")
    assert gateway.requests == 0


async def test_where_the_provider_says_the_window_is_closed_the_template_goes_at_once(
    channel: WhatsAppChannel, gateway: Gateway
) -> None:
    gateway.faults.append(Reply(400, 131047))
    await channel.send(MESSAGE)
    assert [taken.text for taken in gateway.ledger] == ["handoff_status"]
    gateway.faults.append(Reply(400, 131047))
    found = await failure(channel, replace(MESSAGE, template=None))
    assert (type(found), found.code) == (Undeliverable, "131047")


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (Reply(400, 131026), Undeliverable, "131026"),
        (Reply(404, 132001), Undeliverable, "132001"),
        (Reply(400, 132000), Undeliverable, "132000"),
        (Reply(400, 131047), Undeliverable, "131047"),
        (Reply(400, 131056), TryLater, "131056"),
        (Reply(400, 130429), TryLater, "130429"),
        (Reply(400, 80007), TryLater, "80007"),
        (Reply(500, 131000), TryLater, "131000"),
        (Reply(400, 131016), TryLater, "131016"),
        (Reply(429), TryLater, "429"),
        (Reply(504, 131016), TryLater, "131016"),
        ("lie", Undeliverable, "131026"),
        ("mute", Unconfirmed, "no_reference"),
        ("hang", Unconfirmed, "timeout"),
        ("drop", Unconfirmed, "disconnected"),
    ],
)
async def test_each_failure_is_what_it_is(
    channel: WhatsAppChannel, gateway: Gateway, fault: Fault | Reply, kind: type[SendingFailed], code: str
) -> None:
    gateway.faults.append(fault)
    found = await failure(channel, OUTSIDE)
    assert (type(found), found.code) == (kind, code)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (200, b"", Unconfirmed, "no_reference"),
        (200, [], Unconfirmed, "no_reference"),
        (200, {"messages": []}, Unconfirmed, "no_reference"),
        (200, {"messages": {"id": "wamid.1"}}, Unconfirmed, "no_reference"),
        (200, {"messages": ["wamid.1"]}, Unconfirmed, "no_reference"),
        (200, {"messages": [{"id": 7}]}, Unconfirmed, "no_reference"),
        (200, {"messages": [{"id": "wamid\x00"}]}, Unconfirmed, "no_reference"),
        (200, {"error": "no"}, Undeliverable, "200"),
        (400, {"error": {"code": [131056]}}, Undeliverable, "400"),
        (400, {"error": {"code": "131\x00"}}, Undeliverable, "400"),
        (400, {"error": [131056]}, Undeliverable, "400"),
        (400, {"error": {"code": "131056"}}, TryLater, "131056"),
        (302, b"", Undeliverable, "302"),
        (503, b"<html>", TryLater, "503"),
        (502, b"<html>", Unconfirmed, "502"),
        (504, b"", Unconfirmed, "504"),
    ],
)
async def test_answers_of_another_form(
    channel: WhatsAppChannel, gateway: Gateway, status: int, body: object, kind: type[SendingFailed], code: str
) -> None:
    gateway.faults.append(Reply(status, body=body))
    found = await failure(channel, OUTSIDE)
    assert (type(found), found.code, gateway.requests) == (kind, code, 1)


async def test_a_number_that_is_none(channel: WhatsAppChannel) -> None:
    found = await failure(channel, replace(MESSAGE, to="nobody"))
    assert (type(found), found.code) == (Undeliverable, "bad_address")


def test_it_cannot_be_asked(channel: WhatsAppChannel) -> None:
    assert not isinstance(channel, SupportsLookup)


async def test_a_dealers_own_number_speaks_for_it(channel: WhatsAppChannel, gateway: Gateway) -> None:
    await channel.send(replace(MESSAGE, sender_address="777"))
    assert [one.path for one in gateway.ledger] == ["/777/messages"]
