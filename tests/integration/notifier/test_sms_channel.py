"""The SMS channel against gateways that refuse, hang, break the line and lie."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from harness.gateways import Fault, Gateway, Reply
from notifier.channels.channel import (
    MessageLookup,
    Outbound,
    SendingFailed,
    StatusAbsent,
    StatusFound,
    StatusUnknown,
    TooLate,
    TryLater,
    Unconfirmed,
    Undeliverable,
    fingerprint,
)
from notifier.channels.http import LONGEST_ANSWER, LONGEST_WAIT
from notifier.channels.sms import SmsAccount, SmsChannel
from shared.people.suppressions import STOPPED_CODE

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
QUICK = httpx.Timeout(10, read=1.5)
MESSAGE = Outbound(
    attempt_id="attempt-1",
    channel="sms",
    to="+351 911 111 111",
    to_name="Ana",
    sender="Lisboa Motors",
    subject="News",
    text="Olá Ana\n",
    language="pt",
)


class Dial:
    """Real time that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        """The present instant."""
        return self.at


@pytest.fixture
def dial() -> Dial:
    """Noon."""
    return Dial()


@pytest.fixture
async def gateways(dial: Dial) -> AsyncIterator[list[Gateway]]:
    """Two providers, both well."""
    both = [Gateway(dial), Gateway(dial)]
    for gateway in both:
        await gateway.start()
    yield both
    for gateway in both:
        await gateway.stop()


@pytest.fixture
async def channel(gateways: list[Gateway], dial: Dial) -> AsyncIterator[SmsChannel]:
    """A channel that prefers the first."""
    account = SmsAccount("AC1", "secret", "+351210000000", "https://handoff.example/")
    channel = SmsChannel(tuple(one.url for one in gateways), account, dial, timeout=QUICK)
    yield channel
    await channel.close()


async def failure(channel: SmsChannel, message: Outbound = MESSAGE) -> SendingFailed:
    """How the next send fails."""
    with pytest.raises(SendingFailed) as caught:
        await channel.send(message)
    return caught.value


async def test_what_goes_over_the_line(channel: SmsChannel, gateways: list[Gateway]) -> None:
    accepted = await channel.send(MESSAGE)
    (taken,) = gateways[0].ledger
    assert accepted.reference == taken.reference
    assert accepted.provider == gateways[0].url.removeprefix("http://")
    assert taken.document == {
        "To": "+351911111111",
        "From": "+351210000000",
        "Body": "Olá Ana",
        "StatusCallback": "https://handoff.example/v1/callbacks/sms/status?attempt=attempt-1",
    }
    assert taken.attempt_id == "attempt-1"


async def test_a_dealers_own_number_is_what_it_comes_from(channel: SmsChannel, gateways: list[Gateway]) -> None:
    await channel.send(replace(MESSAGE, sender_address="LisboaMotor"))
    assert gateways[0].ledger[0].document["From"] == "LisboaMotor"


async def test_without_a_public_address_nothing_is_called_back(gateways: list[Gateway], dial: Dial) -> None:
    channel = SmsChannel((gateways[0].url,), SmsAccount("AC1", "secret", "+351210000000"), dial)
    await channel.send(MESSAGE)
    await channel.close()
    assert gateways[0].ledger[0].callback is None


async def test_a_national_number_is_that_of_the_dealers_country(channel: SmsChannel, gateways: list[Gateway]) -> None:
    await channel.send(replace(MESSAGE, to="911111111", region="PT"))
    assert gateways[0].ledger[0].to == "+351911111111"
    found = await failure(channel, replace(MESSAGE, to="911111111"))
    assert isinstance(found, Undeliverable)
    assert found.code == "bad_address"


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (Reply(500), TryLater, "500"),
        (Reply(503, 20503), TryLater, "20503"),
        (Reply(429, 20429), TryLater, "20429"),
        (Reply(400, 21211), Undeliverable, "21211"),
        (Reply(400, 21610), Undeliverable, "21610"),
        (Reply(404), Undeliverable, "404"),
        ("lie", Undeliverable, "30007"),
        ("mute", Unconfirmed, "no_reference"),
        ("hang", Unconfirmed, "timeout"),
        ("drop", Unconfirmed, "disconnected"),
        ("drop unread", Unconfirmed, "disconnected"),
    ],
)
async def test_each_failure_is_what_it_is(
    channel: SmsChannel, gateways: list[Gateway], fault: Fault | Reply, kind: type[SendingFailed], code: str
) -> None:
    gateways[0].faults.append(fault)
    found = await failure(channel)
    assert (type(found), found.code) == (kind, code)
    assert gateways[1].requests == 0


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(channel: SmsChannel, gateways: list[Gateway], status: int) -> None:
    elsewhere = f"{gateways[1].url}/2010-04-01/Accounts/AC1/Messages.json"
    gateways[0].faults.append(Reply(status, headers={"location": elsewhere}))
    found = await failure(channel)
    assert (type(found), found.code, gateways[1].requests) == (Undeliverable, str(status), 0)


@pytest.mark.parametrize(
    "body", [b"", b"OK", b"<html>", b"\xff\xfe", b"[" * 100_000, b"[]", b"null", b'{"sid": 7}', b'{"sid": ""}',
             b'{"sid": "SM\\u0000"}', b'{"sid": ["SM1"]}', b'{"sid": null}', b'{"sid": "' + b"x" * 300 + b'"}'],
)  # fmt: skip
async def test_a_yes_without_an_id_says_nothing(channel: SmsChannel, gateways: list[Gateway], body: bytes) -> None:
    gateways[0].faults.append(Reply(201, body=body))
    found = await failure(channel)
    assert (type(found), found.code) == (Unconfirmed, "no_reference")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (502, b"<html>", Unconfirmed),
        (504, b"", Unconfirmed),
        (504, {"code": 504}, TryLater),
        (500, b"", TryLater),
        (503, b"<html>", TryLater),
    ],
)
async def test_a_gateway_that_got_no_answer_does_not_know_what_became_of_it(
    channel: SmsChannel, gateways: list[Gateway], status: int, body: object, kind: type[SendingFailed]
) -> None:
    gateways[0].faults.append(Reply(status, body=body))
    found = await failure(channel)
    assert (type(found), found.code) == (kind, str(status))


async def test_a_provider_that_asked_for_time_has_it_when_the_other_one_fails(
    channel: SmsChannel, gateways: list[Gateway], dial: Dial
) -> None:
    gateways[0].faults.append(Reply(429, headers={"retry-after": "30"}))
    gateways[1].faults.extend([Reply(503), Reply(429, headers={"retry-after": "20"})])
    for _ in range(3):
        assert isinstance(await failure(channel), TryLater)
    resting = await failure(channel)
    assert isinstance(resting, TryLater)
    assert (resting.code, resting.after) == ("providers_rest", timedelta(seconds=20))
    assert (gateways[0].requests, gateways[1].requests) == (1, 2)
    dial.at += timedelta(seconds=20)
    assert (await channel.send(MESSAGE)).provider == gateways[1].url.removeprefix("http://")


async def test_an_answer_without_end_is_not_read_to_it(channel: SmsChannel, gateways: list[Gateway]) -> None:
    long = b'{"sid": "SM1", "rest": "' + b"x" * LONGEST_ANSWER
    gateways[0].faults.append(Reply(201, headers={"content-length": str(1 << 40)}, body=long))
    found = await failure(channel)
    assert (type(found), found.code) == (Unconfirmed, "no_reference")


@pytest.mark.parametrize("code", [None, "", {}, [], "a\x00b", "to Maria Silva", "m@x.pt", "x" * 65, 1.5, True])
async def test_a_code_that_is_none_is_the_status(channel: SmsChannel, gateways: list[Gateway], code: object) -> None:
    gateways[0].faults.extend([Reply(400, body={"code": code}), Reply(400, body={"error_code": code})])
    assert [(await failure(channel)).code for _ in range(2)] == ["400", "400"]


async def test_who_has_stopped_is_told_apart(channel: SmsChannel, gateways: list[Gateway]) -> None:
    gateways[0].faults.extend([Reply(400, 21610), Reply(400, 21211)])
    found = [await failure(channel), await failure(channel)]
    assert [(type(one), one.code) for one in found] == [(Undeliverable, STOPPED_CODE), (Undeliverable, "21211")]


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("Mon, 23 Nov 2026 12:03:00 GMT", timedelta(minutes=3)),
        ("Mon, 23 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("0000000000120", timedelta(minutes=2)),
        ("-5", None),
        ("1.5", None),
        ("99999999999999999999", LONGEST_WAIT),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        ("Mon, 23 Nov 2026 12:03:00 +99999999999999999999", None),
    ],
)
async def test_one_provider_alone_is_given_the_time_it_asks_for(
    gateways: list[Gateway], dial: Dial, asked: str, wait: timedelta | None
) -> None:
    channel = SmsChannel((gateways[0].url,), SmsAccount("AC1", "secret", "+351210000000"), dial)
    gateways[0].faults.append(Reply(429, headers={"retry-after": asked}))
    found = await failure(channel)
    await channel.close()
    assert isinstance(found, TryLater)
    assert found.after == wait
    assert (found.code, gateways[0].requests) == ("429", 1)


async def test_with_another_provider_there_is_nothing_to_wait_for(channel: SmsChannel, gateways: list[Gateway]) -> None:
    gateways[0].faults.append(Reply(429, headers={"retry-after": "60"}))
    found = await failure(channel)
    assert isinstance(found, TryLater)
    assert found.after is None
    assert (await channel.send(MESSAGE)).provider == gateways[1].url.removeprefix("http://")


async def test_a_dead_provider_is_left_alone_and_probed_by_one_message(
    channel: SmsChannel, gateways: list[Gateway], dial: Dial
) -> None:
    gateways[0].always = "hang"
    assert isinstance(await failure(channel), Unconfirmed)
    for _ in range(5):
        await channel.send(MESSAGE)
    assert (gateways[0].requests, gateways[1].requests) == (1, 5)
    dial.at += timedelta(seconds=6)
    await failure(channel)
    await channel.send(MESSAGE)
    dial.at += timedelta(seconds=6)
    await channel.send(MESSAGE)
    assert gateways[0].requests == 2, "after the second failure it rests twice as long"
    gateways[0].always = None
    dial.at += timedelta(seconds=6)
    await channel.send(MESSAGE)
    await channel.send(MESSAGE)
    assert gateways[0].requests == 4, "well again, it is the preferred one again"


async def test_no_connection_leaves_no_doubt(channel: SmsChannel, gateways: list[Gateway]) -> None:
    await gateways[0].stop()
    found = await failure(channel)
    assert (type(found), found.code) == (TryLater, "no_connection")
    assert await channel.send(MESSAGE)


async def test_nothing_goes_under_a_lease_that_is_over(channel: SmsChannel, gateways: list[Gateway]) -> None:
    looks: list[int] = []

    def once() -> bool:
        looks.append(1)
        return False

    assert isinstance(await failure(channel, MESSAGE.within(once)), TooLate)
    assert looks
    assert gateways[0].requests == 0
    await channel.send(MESSAGE)
    assert gateways[0].requests == 1, "nor is it held against the provider"


async def test_the_lease_is_looked_at_when_the_line_stands(channel: SmsChannel, gateways: list[Gateway]) -> None:
    """Also on a line that is still open from before."""
    await channel.send(MESSAGE)
    assert isinstance(await failure(channel, MESSAGE.within(lambda: False)), TooLate)
    assert len(gateways[0].ledger) == 1


def lookup(**given: object) -> MessageLookup:
    """About the message above."""
    about = {"to": MESSAGE.to, "fingerprint": fingerprint(MESSAGE.text), "since": NOW}
    return MessageLookup(**{**about, **given})  # type: ignore[arg-type]


async def test_what_was_taken_is_found_by_its_words(channel: SmsChannel, gateways: list[Gateway]) -> None:
    gateways[0].faults.append("drop")
    assert isinstance(await failure(channel), Unconfirmed)
    (taken,) = gateways[0].ledger
    assert await channel.ask(lookup()) == StatusFound("accepted", taken.reference, None, gateways[0].url[7:])
    taken.status = "delivered"
    assert await channel.ask(lookup()) == StatusFound("delivered", taken.reference, None, gateways[0].url[7:])
    taken.status, taken.code = "undelivered", "30003"
    assert await channel.ask(lookup()) == StatusFound("perm_failed", taken.reference, "30003", gateways[0].url[7:])


async def test_not_there_is_only_what_no_provider_has(channel: SmsChannel, gateways: list[Gateway]) -> None:
    gateways[0].faults.append("drop unread")
    await failure(channel)
    assert await channel.ask(lookup()) == StatusAbsent()
    gateways[1].lists = False
    assert await channel.ask(lookup()) == StatusUnknown()
    assert await channel.ask(lookup(provider=gateways[0].url[7:])) == StatusAbsent()
    await gateways[0].stop()
    assert await channel.ask(lookup(provider=gateways[0].url[7:])) == StatusUnknown()


async def test_other_words_to_the_same_number_may_be_ours_unless_they_are_accounted_for(
    channel: SmsChannel, gateways: list[Gateway]
) -> None:
    accepted = await channel.send(replace(MESSAGE, text="Something else"))
    assert await channel.ask(lookup()) == StatusUnknown()
    assert await channel.ask(lookup(accounted=frozenset({accepted.reference}))) == StatusAbsent()
    gateways[0].ledger[0].at = NOW - timedelta(hours=1)
    assert await channel.ask(lookup()) == StatusAbsent()


WORDS = MESSAGE.text.strip()


@pytest.mark.parametrize(
    ("listed", "answer"),
    [
        ([], StatusAbsent),
        ([{}], StatusUnknown),
        ([{"sid": None, "body": WORDS}], StatusUnknown),
        ([{"sid": 7, "body": WORDS}], StatusUnknown),
        ([{"sid": ["SM7"], "body": WORDS}], StatusUnknown),
        ([{"sid": "SM\x007", "body": WORDS}], StatusUnknown),
        ([None, 1], StatusUnknown),
        ("nothing", StatusUnknown),
        (None, StatusUnknown),
        ([{"sid": "SM7", "body": WORDS}], StatusFound),
        ([{"sid": "SM7", "to": "+351 911 111 111", "body": WORDS}], StatusFound),
        ([{"sid": "SM7", "to": "+351922222222", "body": WORDS}], StatusAbsent),
        ([{"sid": "SM7", "to": "+351922222222", "body": WORDS}, {"sid": "SM8", "body": "x"}], StatusUnknown),
    ],
)
async def test_a_list_that_is_none_tells_nothing(
    channel: SmsChannel, gateways: list[Gateway], listed: object, answer: type[object]
) -> None:
    gateways[0].listing = {"messages": listed}
    assert type(await channel.ask(lookup(provider=gateways[0].url[7:]))) is answer


@pytest.mark.parametrize("listing", [b"", b"<html>", [], "no", 7])
async def test_an_answer_that_is_no_list_tells_nothing(
    channel: SmsChannel, gateways: list[Gateway], listing: object
) -> None:
    gateways[0].listing = listing
    assert await channel.ask(lookup(provider=gateways[0].url[7:])) == StatusUnknown()


async def test_a_list_that_goes_on_may_have_it_further_on(channel: SmsChannel, gateways: list[Gateway]) -> None:
    gateways[0].listing = {"messages": [], "next_page_uri": "/2010-04-01/Accounts/AC1/Messages.json?Page=1"}
    assert await channel.ask(lookup(provider=gateways[0].url[7:])) == StatusUnknown()
