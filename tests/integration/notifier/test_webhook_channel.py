"""Staff's webhooks by a real HTTP server that accepts, refuses, redirects, hangs, drops the line."""

import base64
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook
from web_receiver import WebReceiver

from harness.clocks import MovableClock
from harness.names import INFOTAINMENT_TO_PRODUCT_SPECIALIST
from harness.people import TEAM_WITH_MANAGERS
from harness.stepped_services import SteppedServices
from notifier.channels import open_channels
from notifier.channels.channel import Outbound, TooLate, TryLater, Unconfirmed, Undeliverable
from notifier.channels.webhook import WebhookChannel
from notifier.settings import NotifierSettings

KEY = bytes(range(24))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
ABOUT = {
    "notice": "OFFERED",
    "purpose": "handoff",
    "created_at": "2026-11-23T10:00:00+00:00",
    "notification_id": "0197-notice",
    "dealer_id": "lisboa-01",
    "staff_id": "S-7",
    "task_id": "0197-task",
    "case_id": None,
    "customer_id": "C-1",
}


def message(to: str, **given: Any) -> Outbound:
    values = {
        "attempt_id": "0197-attempt",
        "channel": "webhook",
        "to": to,
        "to_name": "Ana Sousa",
        "sender": "Lisboa Motors",
        "subject": "Nova tarefa: João",
        "text": "Prazo: 10:30\n",
        "language": "pt-PT",
        "about": ABOUT,
    }
    return Outbound(**{**values, **given})


@pytest.fixture
async def receiver() -> AsyncIterator[WebReceiver]:
    receiver = WebReceiver()
    await receiver.start()
    yield receiver
    await receiver.stop()


@pytest.fixture
def hook(receiver: WebReceiver) -> str:
    return f"http://127.0.0.1:{receiver.port}/hook?team=sales"


@pytest.fixture
async def channel(clock: MovableClock) -> AsyncIterator[WebhookChannel]:
    channel = WebhookChannel(clock, private=True, timeout=httpx.Timeout(5))
    yield channel
    await channel.close()


async def test_the_notice_arrives_as_json_with_its_ids(
    channel: WebhookChannel, receiver: WebReceiver, hook: str
) -> None:
    accepted = await channel.send(message(hook))
    assert accepted.code == "204"
    (request,) = receiver.received
    assert request.line == "POST /hook?team=sales HTTP/1.1"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == "0197-attempt"
    assert request.headers["webhook-timestamp"] == "1795428000"
    assert "webhook-signature" not in request.headers
    assert json.loads(request.body) == {
        "type": "handoff.notice.offered.v1",
        "timestamp": "2026-11-23T10:00:00+00:00",
        "data": {
            "attempt_id": "0197-attempt",
            "notification_id": "0197-notice",
            "notice": "OFFERED",
            "purpose": "handoff",
            "dealer_id": "lisboa-01",
            "staff_id": "S-7",
            "task_id": "0197-task",
            "case_id": None,
            "customer_id": "C-1",
            "sender": "Lisboa Motors",
            "subject": "Nova tarefa: João",
            "text": "Prazo: 10:30\n",
            "language": "pt-PT",
        },
    }


async def test_a_secret_signs_and_is_never_sent(channel: WebhookChannel, receiver: WebReceiver, hook: str) -> None:
    await channel.send(message(f"{hook}#{SECRET}"))
    (request,) = receiver.received
    signed = f"0197-attempt.{request.headers['webhook-timestamp']}.".encode() + request.body
    expected = base64.b64encode(hmac.new(KEY, signed, sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"
    sent = request.line.encode() + request.body + str(request.headers).encode()
    assert b"whsec" not in sent
    assert base64.b64encode(KEY) not in sent


async def test_the_published_example_of_the_standard_has_the_same_signature() -> None:
    """The test vector of the Standard Webhooks libraries."""
    from notifier.channels.webhook import signed_headers

    secret, at = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), datetime.fromtimestamp(1614265330, UTC)
    headers = signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', secret)
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_receiver_with_the_library_of_the_standard_takes_what_was_signed(
    receiver: WebReceiver, hook: str
) -> None:
    channel = WebhookChannel(private=True)
    await channel.send(message(f"{hook}#{SECRET}"))
    await channel.close()
    (request,) = receiver.received
    assert Webhook(SECRET).verify(request.body, dict(request.headers))["data"]["text"] == "Prazo: 10:30\n"


async def test_another_fragment_is_not_sent_either(channel: WebhookChannel, receiver: WebReceiver, hook: str) -> None:
    await channel.send(message(f"{hook}#other"))
    (request,) = receiver.received
    assert "other" not in request.line
    assert "webhook-signature" not in request.headers


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "404 Not Found", "410 Gone", "413 Too Much"])
async def test_a_refusal_for_good_gives_the_channel_up(
    channel: WebhookChannel, receiver: WebReceiver, hook: str, status: str
) -> None:
    receiver.answers.append(status)
    with pytest.raises(Undeliverable) as failure:
        await channel.send(message(hook))
    assert failure.value.code == status[:3]


@pytest.mark.parametrize("status", ["500 Oops", "502 Bad Gateway", "503 Busy", "429 Slow Down", "408 Too Late"])
async def test_a_refusal_for_now_is_tried_later(
    channel: WebhookChannel, receiver: WebReceiver, hook: str, status: str
) -> None:
    receiver.answers.append(status)
    with pytest.raises(TryLater) as failure:
        await channel.send(message(hook))
    assert (failure.value.code, failure.value.after) == (status[:3], None)


@pytest.mark.parametrize("status", ["429 Slow Down", "503 Busy"])
@pytest.mark.parametrize("wish", ["90", "Mon, 23 Nov 2026 10:01:30 GMT"])
async def test_the_wait_that_is_asked_for_is_passed_on(
    channel: WebhookChannel, receiver: WebReceiver, hook: str, status: str, wish: str
) -> None:
    receiver.answers.append(f"{status}\r\nRetry-After: {wish}")
    with pytest.raises(TryLater) as failure:
        await channel.send(message(hook))
    assert failure.value.after == timedelta(seconds=90)


async def test_a_redirect_is_not_followed(channel: WebhookChannel, receiver: WebReceiver, hook: str) -> None:
    receiver.answers.append(f"307 Elsewhere\r\nLocation: {hook}&again=1")
    with pytest.raises(Undeliverable) as failure:
        await channel.send(message(hook))
    assert failure.value.code == "307"
    assert len(receiver.received) == 1


async def test_a_server_that_hangs_leaves_it_unconfirmed(receiver: WebReceiver, hook: str, clock: MovableClock) -> None:
    hasty = WebhookChannel(clock, private=True, timeout=httpx.Timeout(10, read=1.5))
    receiver.answers.append("hang")
    with pytest.raises(Unconfirmed) as failure:
        await hasty.send(message(hook))
    assert failure.value.code == "timeout"
    await hasty.close()


async def test_a_line_dropped_after_the_request_leaves_it_unconfirmed(
    channel: WebhookChannel, receiver: WebReceiver, hook: str
) -> None:
    receiver.answers.append("drop")
    with pytest.raises(Unconfirmed):
        await channel.send(message(hook))
    assert len(receiver.received) == 1


async def test_an_answer_without_end_is_not_read(channel: WebhookChannel, receiver: WebReceiver, hook: str) -> None:
    receiver.answers.append("flood")
    assert (await channel.send(message(hook))).code == "200"


async def test_nobody_at_home_is_tried_later(channel: WebhookChannel, receiver: WebReceiver, hook: str) -> None:
    await receiver.stop()
    for address in (hook, "http://no-such-host.invalid/hook"):
        with pytest.raises(TryLater) as failure:
            await channel.send(message(address))
        assert failure.value.code == "no_connection"


async def test_a_sender_whose_lease_is_over_sends_nothing(
    channel: WebhookChannel, receiver: WebReceiver, hook: str
) -> None:
    with pytest.raises(TooLate):
        await channel.send(message(hook, may_go=lambda: False))
    assert receiver.received == []


@pytest.mark.parametrize("address", ["ftp://example.com/x", "not an address", "https:///hook", "http://[::bad/hook"])
async def test_an_address_that_is_no_web_address_is_undeliverable(channel: WebhookChannel, address: str) -> None:
    with pytest.raises(Undeliverable) as failure:
        await channel.send(message(address))
    assert failure.value.code == "bad_address"


@pytest.mark.parametrize("secret", ["whsec_not-base64!", "whsec_", "whsec_QUJD*RA=="])
async def test_a_secret_that_cannot_be_read_is_not_passed_over(
    channel: WebhookChannel, receiver: WebReceiver, hook: str, secret: str
) -> None:
    with pytest.raises(Undeliverable) as failure:
        await channel.send(message(f"{hook}#{secret}"))
    assert failure.value.code == "bad_secret"
    assert receiver.received == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0.0.0.0"])
async def test_what_only_our_network_reaches_is_refused(receiver: WebReceiver, clock: MovableClock, host: str) -> None:
    closed = WebhookChannel(clock, timeout=httpx.Timeout(5))
    with pytest.raises(Undeliverable) as failure:
        await closed.send(message(f"http://{host}:{receiver.port}/hook"))
    assert failure.value.code == "private_address"
    assert receiver.received == []
    await closed.close()


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ({}, True),
        ({"database_url": "postgresql://db/handoff"}, False),
        ({"database_url": "postgresql://db/handoff", "webhook_private": True}, True),
    ],
)
async def test_an_installation_with_its_own_database_calls_the_public_internet_alone(
    receiver: WebReceiver, hook: str, clock: MovableClock, given: dict[str, Any], allowed: bool
) -> None:
    settings = NotifierSettings(smtp_url="smtp://127.0.0.1:1", smtp_from="a@dealer.example", **given)
    channels = open_channels(settings, clock)
    if allowed:
        await channels["webhook"].send(message(hook))
    else:
        with pytest.raises(Undeliverable):
            await channels["webhook"].send(message(hook))
    assert len(receiver.received) == int(allowed)
    for channel in channels.values():
        await channel.close()


@pytest.mark.database
async def test_staff_who_named_a_webhook_are_told_there_and_told_again_after_a_failure(
    services: SteppedServices, receiver: WebReceiver, hook: str
) -> None:
    services.channels["webhook"] = WebhookChannel(services.real, private=True)
    receiver.answers.append("503 Busy\r\nRetry-After: 300")
    hooked = {
        staff_id: {**person, "channels": [{"kind": "webhook", "address": f"{hook}#{SECRET}"}]}
        for staff_id, person in TEAM_WITH_MANAGERS.items()
    }
    await services.open_dealer(hooked)
    await services.add_customer()
    await services.post_infotainment_message()
    await services.settle()
    (task,) = await services.tasks(INFOTAINMENT_TO_PRODUCT_SPECIALIST)
    services.real.advance(timedelta(seconds=290))
    assert await services.deliver() == 0
    services.real.advance(timedelta(seconds=10))
    assert await services.deliver() == 1
    first, second = ((request.headers["webhook-id"], json.loads(request.body)["data"]) for request in receiver.received)
    assert first[0] != second[0]
    assert first[1]["notification_id"] == second[1]["notification_id"]
    assert (second[1]["task_id"], second[1]["staff_id"], second[1]["notice"]) == (task["task_id"], "PS-1", "OFFERED")
    assert second[1]["customer_id"] == task["customer_id"]
    assert second[1]["subject"].startswith("For you to accept")
    assert await services.statuses("OFFERED") == [("webhook", "delivered")]
    await services.channels["webhook"].close()
