"""What a task's card says of reaching its customer is what happens to the words that somebody then posts."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from harness.clocks import MovableClock
from harness.dealership import DEALER
from harness.gateways import Gateway, gateways
from harness.memory_mail_channel import MemoryMailChannel
from harness.names import EARLY_PROBLEM, EASY_ACCESS
from harness.running_services import SERVICE_ADVISOR, RunningServices
from notifier.channels.channel import Channel
from notifier.channels.sms import SmsAccount, SmsChannel

pytestmark = pytest.mark.database
SMS = {"kind": "sms", "address": "912 345 678", "verified": True}
EMAIL = {"kind": "email", "address": "ana@example.pt", "verified": True}
PHONE = {"kind": "telephone", "address": "+351210000000", "verified": True}
# all day but for a minute, wherever the story's clock stands
QUIET = [{"from": "00:01", "to": "00:00"}]
ABOUT = {"step": EASY_ACCESS, "occurrences": [EARLY_PROBLEM], "topics": ["infotainment"]}


@pytest.fixture
async def gateway(clock: MovableClock) -> AsyncIterator[Gateway]:
    """The provider of SMS."""
    async with gateways(clock, 1) as (gateway,):
        yield gateway


@pytest.fixture
async def channels(gateway: Gateway, mails: MemoryMailChannel) -> AsyncIterator[Mapping[str, Channel]]:
    """SMS and e-mail."""
    sms = SmsChannel((gateway.url,), SmsAccount(gateway.account, gateway.token, "+351210000000", ""))
    yield {"sms": sms, "email": mails}
    await sms.close()


@pytest.fixture(autouse=True)
async def dealer(services: RunningServices) -> None:
    """Open around the clock."""
    await services.open_dealer()


async def card_and_words(
    services: RunningServices, customer_id: str = "C-1", *, wrote: bool = False, **record: Any
) -> tuple[Any, Any]:
    """The card of a task of a customer with this record, and the notification of words to the same customer."""
    address = f"/v1/dealers/{DEALER}/customers/{customer_id}"
    assert (await services.client.put(address, json={"name": "Ana Sousa", **record})).status_code == 201
    seen = {"role": "service_advisor", "staff_id": SERVICE_ADVISOR}
    event_id = await services.post_event(customer_id=customer_id, observed_by=seen, **ABOUT)
    case_id = (await services.get(f"/v1/events/{event_id}"))["case_id"]
    if wrote:
        await services.contact(customer_id=customer_id, case_id=case_id, direction="inbound", channel="sms")
    (card, *others) = [task["contact"] for task in await services.tasks(case_id=case_id)]
    assert all(other == card for other in others)
    notification_id = await services.write_message(case_id=case_id, kind="update")
    return card, await services.notification(notification_id)


async def test_words_go_at_once_where_the_card_says(services: RunningServices) -> None:
    at_once: list[tuple[str, dict[str, Any]]] = [
        ("sms", {"channels": [SMS, EMAIL]}),
        ("email", {"channels": [{**SMS, "verified": False}, EMAIL]}),
        ("email", {"channels": [SMS, EMAIL], "preferences": {"infotainment": ["email"]}}),
        ("sms", {"channels": [EMAIL, SMS], "wrote": True}),
        ("sms", {"channels": [SMS, EMAIL], "quiet_hours": QUIET, "wrote": True}),
        ("telephone", {"channels": [PHONE, EMAIL]}),
    ]
    for place, (channel, given) in enumerate(at_once):
        card, words = await card_and_words(services, f"C-{place}", **given)
        assert (card["channel"], card["allowed_now"]) == (channel, True), given
        assert (words["channel"], words["status"] in ("sent", "delivered")) == (channel, True), given


async def test_in_quiet_hours_the_card_says_until_when_and_the_words_are_held(services: RunningServices) -> None:
    card, words = await card_and_words(services, channels=[SMS, EMAIL], quiet_hours=QUIET)
    assert (card["channel"], card["allowed_now"]) == ("sms", False)
    assert card["because"].startswith("Quiet hours until ")
    assert (words["channel"], words["status"]) == ("sms", "held")


async def test_where_the_card_says_no_nothing_goes(services: RunningServices, gateway: Gateway) -> None:
    refusals: list[tuple[str, dict[str, Any]]] = [
        ("The customer does not consent to service messages", {"channels": [SMS], "consent": {"service": False}}),
        ("The customer wants nothing on this matter", {"channels": [SMS], "preferences": {"infotainment": "off"}}),
        ("The address is not verified", {"channels": [{**SMS, "verified": False}]}),
        ("No way to reach the customer is known", {"channels": []}),
    ]
    for place, (because, record) in enumerate(refusals):
        card, words = await card_and_words(services, f"C-{place}", **record)
        assert (card["allowed_now"], card["because"]) == (False, because)
        assert (words["channel"], words["status"]) == (None, "failed"), record
    assert gateway.ledger == []


async def test_a_channel_the_dealer_has_switched_off_is_used_by_nobody(services: RunningServices) -> None:
    found = await services.get(f"/v1/dealers/{DEALER}")
    record = {name: found[name] for name in ("name", "time_zone", "calendars")}
    answer = await services.client.put(f"/v1/dealers/{DEALER}", json={**record, "channels_off": ["pigeon"]})
    assert answer.json()["errors"][0]["pointer"] == "/channels_off/0"
    answer = await services.client.put(f"/v1/dealers/{DEALER}", json={**record, "channels_off": ["sms"]})
    assert answer.json()["channels_off"] == ["sms"]
    card, words = await card_and_words(services, channels=[SMS, EMAIL])
    assert (card["channel"], card["allowed_now"]) == ("email", True)
    assert words["channel"] == "email"
    assert {"layer": "dealer", "channel": "sms", "allowed": False} in [
        {name: vote[name] for name in ("layer", "channel", "allowed")} for vote in words["votes"]
    ]
