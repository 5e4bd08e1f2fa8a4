"""A person writes to a customer by SMS, the provider says what became of it, the customer answers, and stops."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
from harness.clocks import MovableClock
from harness.gateways import Gateway, Reply
from harness.running_services import DEALER, RunningServices
from harness.sending_services import SendingSide, sending_side
from sqlalchemy import select

from notifier.channels.sms import SmsAccount, SmsChannel
from shared.db.schema import contact
from shared.process.settings import Settings

pytestmark = pytest.mark.database
PUBLIC = "https://handoff.example"
NUMBER = "+351912345678"
WAYS = [
    {"kind": "sms", "address": "912 345 678", "verified": True},
    {"kind": "email", "address": "ana@example.pt", "verified": True},
]


class Post(SendingSide):
    """With SMS, and its provider's way back to us."""

    async def call_back(self, url: str, token: str = "secret", **form: str) -> int:
        """The provider posts a signed form to an address of ours; answers the status."""
        signed = url + "".join(name + form[name] for name in sorted(form))
        signature = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
        headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
        answer = await self.caller.post(url.removeprefix(PUBLIC), content=urlencode(form), headers=headers)
        await self.work()
        return answer.status_code

    async def text_in(self, reference: str, body: str) -> int:
        """The customer sends a text message."""
        url = f"{PUBLIC}/v1/callbacks/sms/inbound"
        return await self.call_back(url, From=NUMBER, To="+351210000000", Body=body, MessageSid=reference)

    async def shown(self, notification_id: str) -> dict[str, Any]:
        """A notification as operations see it."""
        (found,) = [one for one in await self.notifications() if one["notification_id"] == notification_id]
        return found


@pytest.fixture
async def post(services: RunningServices, clock: MovableClock) -> AsyncIterator[Post]:
    """The services with an SMS provider, e-mail, and a customer who prefers SMS and has written."""
    gateway = Gateway(clock)
    await gateway.start()
    sms = SmsChannel((gateway.url,), SmsAccount(gateway.account, gateway.token, "+351210000000", PUBLIC))
    settings = Settings(sms_token=gateway.token, public_url=PUBLIC)
    async with sending_side(Post, services, gateway, {"sms": sms}, settings) as post:
        await services.add_customer("C-1", name="Ana Sousa", locale="en", channels=WAYS)
        yield post
    await sms.close()
    await gateway.stop()


async def write_in(post: Post) -> str:
    """The customer's first message, about the infotainment; answers the case."""
    seen = {"role": "service_advisor", "staff_id": "S-service_advisor"}
    about = {"step": 13, "channel": "message", "topics": ["infotainment"], "observed_by": seen}
    event_id = await post.services.post_event(customer_id="C-1", **about)
    await post.work()
    return str((await post.services.get(f"/v1/events/{event_id}"))["case_id"])


async def test_words_are_accepted_delivered_and_read(post: Post) -> None:
    case_id = await write_in(post)
    assert (await post.services.timers(rule="T-03"))["T-03"]["state"] == "running"
    notification_id = await post.say(case_id=case_id)
    taken = post.gateway.ledger[-1]
    assert (taken.to, "The part has come." in taken.text) == (NUMBER, True)
    assert (await post.shown(notification_id))["status"] == "sent"
    assert (await post.services.timers(rule="T-03"))["T-03"]["state"] == "completed"
    said = (await post.services.get(f"/v1/dealers/{DEALER}/cases/{case_id}"))["contacts"][-1]
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
    assert await post.call_back(taken.callback, token="forged", **report, MessageStatus="read") == 403
    assert (await post.shown(notification_id))["status"] == "sent"
    for status, then in (("delivered", "delivered"), ("read", "read"), ("delivered", "read"), ("sent", "read")):
        assert await post.call_back(taken.callback, **report, MessageStatus=status) == 204
        assert (await post.shown(notification_id))["status"] == then
    assert [one["status"] for one in (await post.shown(notification_id))["attempts"]] == ["read"]


async def test_what_the_provider_cannot_deliver_goes_by_mail(post: Post) -> None:
    case_id = await write_in(post)
    notification_id = await post.say(case_id=case_id)
    taken = post.gateway.ledger[-1]
    assert taken.callback is not None
    failed = {"MessageSid": taken.reference, "MessageStatus": "undelivered", "ErrorCode": "30006"}
    assert await post.call_back(taken.callback, **failed) == 204
    shown = await post.shown(notification_id)
    assert (shown["status"], shown["attempts"][-1]["code"]) == ("failed", "30006")
    assert ["The part has come." in mail.text for mail in post.mails.taken] == [True]


async def test_an_answer_is_acknowledged_where_it_came_from_and_stop_by_nothing(post: Post) -> None:
    case_id = await write_in(post)
    await post.say(case_id=case_id)
    await post.services.advance(minutes=1)
    before = len(post.gateway.ledger)
    assert await post.text_in("SM-in-1", "And when may I come?") == 200
    assert [one.to for one in post.gateway.ledger[before:]] == [NUMBER]
    inbound = (await post.services.get(f"/v1/dealers/{DEALER}/cases/{case_id}"))["contacts"]
    assert "And when may I come?" in [one["text"] for one in inbound]

    assert {task["contact"]["channel"] for task in await post.services.tasks()} == {"sms"}
    before = len(post.gateway.ledger)
    assert await post.text_in("SM-in-2", "Stop") == 200
    assert await post.text_in("SM-in-2", "Stop") == 200
    assert {task["contact"]["channel"] for task in await post.services.tasks()} == {"email"}
    notification_id = await post.say(case_id=case_id, text="Come on Monday.")
    assert post.gateway.ledger[before:] == []
    assert ["Come on Monday." in mail.text for mail in post.mails.taken] == [True]
    assert post.mails.taken[0].unsubscribe is not None
    assert (await post.shown(notification_id))["channel"] == "email"

    assert await post.text_in("SM-in-3", "START") == 200
    await post.say(case_id=case_id, text="Monday at nine.")
    assert ["Monday at nine." in one.text for one in post.gateway.ledger[before:]] == [True]
    kinds = await post.services.rows(select(contact.c.kind).where(contact.c.direction == "inbound"))
    assert sorted(str(row["kind"]) for row in kinds) == ["None", "courtesy", "courtesy"]


async def test_what_waits_for_a_second_try_goes_by_mail_after_stop(post: Post) -> None:
    case_id = await write_in(post)
    post.gateway.always = Reply(503)
    notification_id = await post.say(case_id=case_id)
    assert (await post.shown(notification_id))["status"] == "queued"
    post.gateway.always = None
    await post.text_in("SM-in-1", "PARAR")
    await post.services.advance(minutes=2)
    await post.work()
    assert not any("The part has come." in one.text for one in post.gateway.ledger)
    assert (await post.shown(notification_id))["status"] in ("failed", "withdrawn")
    assert ["The part has come." in mail.text for mail in post.mails.taken] == [True]
