"""What an SMS provider says: signed, kept once, never of others' messages."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from harness.provider_callbacks import (
    DEALER,
    NUMBER,
    OTHER_DEALER,
    PUBLIC,
    SETTINGS,
    Records,
    post_form,
    twilio_headers,
)
from journey_api.callbacks.signatures import twilio_signature
from journey_api.settings import ApiSettings
from shared.clock import Clock
from shared.db.schema import inbound_message, journey_case, outbox

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
STATUS = "/v1/callbacks/sms/status"
INBOUND = "/v1/callbacks/sms/inbound"


@pytest.fixture
def settings() -> ApiSettings:
    """Providers are configured."""
    return SETTINGS


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("queued", "accepted"),
        ("sent", "accepted"),
        ("delivered", "delivered"),
        ("read", "read"),
        ("undelivered", "perm_failed"),
        ("failed", "perm_failed"),
    ],
)
async def test_each_status_is_a_receipt(provider: httpx.AsyncClient, records: Records, said: str, kept: str) -> None:
    attempt = await records.send(reference="SM1")
    answer = await post_form(provider, STATUS, MessageSid="SM1", MessageStatus=said)
    assert (answer.status_code, answer.content) == (204, b"")
    assert await records.receipts() == [(attempt, kept, None)]


async def test_our_own_id_names_the_attempt_before_the_provider_has_one(
    provider: httpx.AsyncClient, records: Records
) -> None:
    attempt = await records.send(reference=None)
    path = f"{STATUS}?attempt={attempt}"
    answer = await post_form(provider, path, MessageSid="SM9", MessageStatus="undelivered", ErrorCode="30006")
    assert answer.status_code == 204
    assert await records.receipts() == [(attempt, "perm_failed", "30006")]
    assert await records.closed() == []


async def test_one_that_comes_before_the_answer_waits_for_its_id(provider: httpx.AsyncClient, records: Records) -> None:
    """It names the message by the provider's id alone, which we do not know yet."""
    await records.send(reference=None, status="sending")
    said = {"MessageSid": "SM9", "MessageStatus": "delivered"}
    for to in ("+351911111111", "unknown", ""):
        assert (await post_form(provider, STATUS, **said, To=to)).status_code == 204
    assert await records.receipts() == []
    assert (await post_form(provider, STATUS, **said, To=NUMBER)).status_code == 204
    assert await records.receipts() == [("SM9", "delivered", None)]


async def test_nothing_waits_for_an_id_that_no_answer_will_tell(provider: httpx.AsyncClient, records: Records) -> None:
    await records.send(reference=None, status="sent")
    await records.send("whatsapp", reference=None, status="sending")
    await post_form(provider, STATUS, MessageSid="SM9", MessageStatus="delivered", To=NUMBER)
    await post_form(provider, f"{STATUS}?attempt=nobody", MessageSid="SM9", MessageStatus="delivered", To=NUMBER)
    assert await records.receipts() == []


async def test_who_has_stopped_at_the_provider_is_closed_here(provider: httpx.AsyncClient, records: Records) -> None:
    await records.send(address="912 345 678")
    await post_form(provider, STATUS, MessageSid="SM1", MessageStatus="failed", ErrorCode="21610")
    assert await records.closed() == [(DEALER, "sms", "stop")]


async def test_a_statement_again_is_harmless(provider: httpx.AsyncClient, records: Records) -> None:
    attempt = await records.send()
    for _ in range(2):
        answer = await post_form(provider, STATUS, MessageSid="SM1", MessageStatus="delivered")
        assert answer.status_code == 204
    assert set(await records.receipts()) == {(attempt, "delivered", None)}


@pytest.mark.parametrize(
    "form",
    [
        {"MessageSid": "SM-of-others", "MessageStatus": "delivered"},
        {"MessageSid": "SM1", "MessageStatus": "contemplating"},
        {"MessageSid": "", "MessageStatus": "delivered"},
        {"MessageSid": "S" * 300, "MessageStatus": "delivered"},
        {"Other": "thing"},
    ],
)
async def test_what_is_not_of_ours_is_answered_and_ignored(
    provider: httpx.AsyncClient, records: Records, form: dict[str, str]
) -> None:
    await records.send(reference="SM1")
    assert (await post_form(provider, STATUS, **form)).status_code == 204
    assert await records.receipts() == []


async def test_an_unknown_attempt_and_one_of_another_channel(provider: httpx.AsyncClient, records: Records) -> None:
    mail = await records.send("email", "ana@example.pt", "<m1>")
    for attempt in ("nobody", mail, "%00"):
        path = f"{STATUS}?attempt={attempt}"
        assert (await post_form(provider, path, MessageSid="SM1", MessageStatus="read")).status_code == 204
    assert await records.receipts() == []


async def test_what_is_not_signed_is_refused(provider: httpx.AsyncClient, records: Records) -> None:
    await records.send()
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    right = twilio_headers(STATUS, form)
    forged = [
        {"content-type": right["content-type"]},
        twilio_headers(STATUS, form, "another-token"),
        twilio_headers(INBOUND, form),
        twilio_headers(STATUS + "?attempt=1", form),
        {**right, "x-twilio-signature": right["x-twilio-signature"].lower()},
        {**right, "x-twilio-signature": "é"},
        twilio_headers(STATUS, {**form, "MessageStatus": "read"}),
    ]
    for headers in forged:
        answer = await provider.post(
            STATUS, content="MessageSid=SM1&MessageStatus=delivered", headers=list(_raw(headers))
        )
        assert answer.status_code == 403, headers
        assert answer.headers["content-type"] == "application/problem+json"
    assert await records.receipts() == []


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "application/json", 415),
        (b"a=%ff", "application/x-www-form-urlencoded", 400),
        (b"a=%00", "application/x-www-form-urlencoded", 403),
        (b"a=%ED%A0%80", "application/x-www-form-urlencoded", 403),
        (b"\xff", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a=1" for _ in range(300)), "application/x-www-form-urlencoded", 400),
        (b"a=" + b"x" * (1 << 20), "application/x-www-form-urlencoded", 413),
    ],
)
async def test_what_is_no_form_of_a_provider(provider: httpx.AsyncClient, body: bytes, kind: str, status: int) -> None:
    answer = await provider.post(STATUS, content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_inbound_sms_is_a_contact_of_the_open_case(
    admin: httpx.AsyncClient, provider: httpx.AsyncClient, records: Records
) -> None:
    await records.know(sms="912 345 678")
    said = {"dealer_id": DEALER, "customer_id": "C-1", "direction": "inbound", "channel": "telephone"}
    case_id = (await admin.post("/v1/contacts", json=said)).json()["case_id"]
    answer = await post_form(provider, INBOUND, From=NUMBER, To="+351210000000", Body="Olá, e agora?", MessageSid="SM7")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    assert answer.text.endswith("<Response/>")
    taken = (await records.contacts())[-1]
    shown = ("customer_id", "case_id", "direction", "channel", "kind", "text")
    assert [taken[name] for name in shown] == ["C-1", case_id, "inbound", "message", None, "Olá, e agora?"]
    (kept,) = await records.rows(select(inbound_message))
    assert (kept["contact_id"], kept["reference"]) == (taken["contact_id"], "SM7")


async def test_a_character_that_cannot_be_stored_loses_no_message(
    provider: httpx.AsyncClient, records: Records
) -> None:
    await records.know(sms=NUMBER)
    answer = await post_form(provider, INBOUND, From=NUMBER, Body="Ol\x00á", MessageSid="SM7")
    assert answer.status_code == 200
    assert [row["text"] for row in await records.contacts()] == ["Olá"]


async def test_a_code_that_is_none_is_dropped(provider: httpx.AsyncClient, records: Records) -> None:
    attempt = await records.send(reference="SM1")
    said = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": f"nobody at {NUMBER}"}
    assert (await post_form(provider, STATUS, **said)).status_code == 204
    assert await records.receipts() == [(attempt, "perm_failed", None)]


async def test_the_same_inbound_sms_again_changes_nothing(provider: httpx.AsyncClient, records: Records) -> None:
    await records.know(sms=NUMBER)
    for _ in range(3):
        answer = await post_form(provider, INBOUND, From=NUMBER, Body="STOP", MessageSid="SM7")
        assert answer.text.endswith("<Response/>")
    assert len(await records.contacts()) == 1
    assert len(await records.rows(select(journey_case))) == 1
    assert len(await records.rows(select(outbox).where(outbox.c.topic == "handoff.sla.v1"))) == 0


@pytest.mark.parametrize(
    "spelt", ["+351912345678", "912345678", "912 345 678", "00351 912-345-678", "+351 (912) 345.678"]
)
async def test_a_number_is_known_however_it_is_spelt(provider: httpx.AsyncClient, records: Records, spelt: str) -> None:
    await records.know(telephone="+351210000000", sms=spelt)
    await post_form(provider, INBOUND, From=NUMBER, Body="Olá", MessageSid="SM7")
    assert [row["customer_id"] for row in await records.contacts()] == ["C-1"]


@pytest.mark.parametrize("number", ["+351912345679", "912345678", "unknown", "", "+34912345678"])
async def test_a_number_nobody_knows_is_answered_and_ignored(
    provider: httpx.AsyncClient, records: Records, number: str
) -> None:
    await records.know(sms="912 345 678")
    answer = await post_form(provider, INBOUND, From=number, Body="Olá", MessageSid="SM7")
    assert (answer.status_code, answer.text[-11:]) == (200, "<Response/>")
    assert await records.contacts() == []


@pytest.mark.parametrize("spelt", [NUMBER, "912-345-678"])
async def test_of_several_dealers_it_is_the_one_who_wrote_last(
    provider: httpx.AsyncClient, records: Records, clock: Clock, spelt: str
) -> None:
    for dealer_id in (DEALER, OTHER_DEALER):
        await records.know(dealer_id=dealer_id, sms=spelt)
    await records.send(address=spelt, dealer_id=OTHER_DEALER, at=clock())
    await records.send(address=spelt, dealer_id=DEALER, at=clock() - timedelta(hours=1))
    await post_form(provider, INBOUND, From=NUMBER, Body="Olá", MessageSid="SM7")
    assert [row["dealer_id"] for row in await records.contacts()] == [OTHER_DEALER]


async def test_of_several_dealers_who_never_wrote_it_is_none(provider: httpx.AsyncClient, records: Records) -> None:
    for dealer_id in (DEALER, OTHER_DEALER):
        await records.know(dealer_id=dealer_id, sms=NUMBER)
    await post_form(provider, INBOUND, From=NUMBER, Body="Olá", MessageSid="SM7")
    assert await records.contacts() == []


async def test_of_a_family_it_is_who_has_a_matter(
    admin: httpx.AsyncClient, provider: httpx.AsyncClient, records: Records
) -> None:
    await records.know("C-1", sms=NUMBER)
    await records.know("C-2", sms="912 345 678")
    said = {"dealer_id": DEALER, "customer_id": "C-2", "direction": "inbound", "channel": "store"}
    await admin.post("/v1/contacts", json=said)
    await post_form(provider, INBOUND, From=NUMBER, Body="Olá", MessageSid="SM7")
    assert (await records.contacts())[-1]["customer_id"] == "C-2"


@pytest.mark.parametrize("word", ["STOP", " stop \n", "Sair", "PARAR", "cancelar", "StopAll", "QUIT", "end", "Opt-out"])
async def test_stop_closes_the_number_and_asks_for_no_reply(
    provider: httpx.AsyncClient, records: Records, word: str
) -> None:
    await records.know(sms="912 345 678")
    await post_form(provider, INBOUND, From=NUMBER, Body=word, MessageSid="SM7")
    assert await records.closed() == [(DEALER, "sms", "stop")]
    assert [row["kind"] for row in await records.contacts()] == ["courtesy"]


@pytest.mark.parametrize("words", ["don't stop", ""])
async def test_stop_within_other_words_is_a_message_like_any_other(
    provider: httpx.AsyncClient, records: Records, words: str
) -> None:
    await records.know(sms=NUMBER)
    await post_form(provider, INBOUND, From=NUMBER, Body=words, MessageSid="SM7")
    assert await records.closed() == []
    assert [row["kind"] for row in await records.contacts()] == [None]


@pytest.mark.parametrize("word", ["START", "unstop", "Começar"])
async def test_start_opens_it_again(provider: httpx.AsyncClient, records: Records, word: str) -> None:
    await records.know(sms=NUMBER)
    await post_form(provider, INBOUND, From=NUMBER, Body="STOP", MessageSid="SM7")
    await post_form(provider, INBOUND, From=NUMBER, Body=word, MessageSid="SM8")
    assert await records.closed() == []


async def test_what_the_provider_understood_counts(provider: httpx.AsyncClient, records: Records) -> None:
    """One of the account's own words, in whatever language."""
    await records.know(sms=NUMBER)
    await post_form(provider, INBOUND, From=NUMBER, Body="Avsluta", OptOutType="STOP", MessageSid="SM7")
    assert await records.closed() == [(DEALER, "sms", "stop")]
    await post_form(provider, INBOUND, From=NUMBER, Body="Hjälp", OptOutType="HELP", MessageSid="SM8")
    await post_form(provider, INBOUND, From=NUMBER, Body="Börja", OptOutType="START", MessageSid="SM9")
    assert await records.closed() == []
    assert [row["kind"] for row in await records.contacts()] == ["courtesy", None, "courtesy"]


class TestWithoutSettings:
    """An installation that has none."""

    @pytest.fixture
    def settings(self) -> ApiSettings:
        """Only a key."""
        return ApiSettings(bootstrap_key=SETTINGS.bootstrap_key, public_url=PUBLIC)

    @pytest.mark.parametrize("path", [STATUS, INBOUND])
    async def test_it_is_to_be_sent_again(self, provider: httpx.AsyncClient, path: str) -> None:
        answer = await post_form(provider, path, MessageSid="SM1")
        assert answer.status_code == 503
        problem: dict[str, Any] = answer.json()
        assert "HANDOFF_SMS_TOKEN" in problem["detail"]


class TestWithoutAPublicAddress:
    """An installation that nobody told its own address."""

    @pytest.fixture
    def settings(self) -> ApiSettings:
        """No public address."""
        return SETTINGS.model_copy(update={"public_url": ""})

    async def test_the_address_of_the_request_is_what_is_signed(
        self, provider: httpx.AsyncClient, records: Records
    ) -> None:
        await records.send()
        form = {"MessageSid": "SM1", "MessageStatus": "read"}
        elsewhere = await post_form(provider, STATUS, **form)
        assert elsewhere.status_code == 403
        signed = twilio_signature("twilio-token", "http://handoff.test" + STATUS, form.items())
        headers = {**twilio_headers(STATUS, form), "x-twilio-signature": signed}
        assert (await post_form(provider, STATUS, headers, **form)).status_code == 204
