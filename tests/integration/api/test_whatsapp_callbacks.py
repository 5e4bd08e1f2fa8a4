"""What WhatsApp says: verified, signed, item by item, each once."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from harness.provider_callbacks import DEALER, NUMBER, SETTINGS, Records, hub_document, post_hub
from journey_api.settings import ApiSettings
from shared.db.schema import inbound_message

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
PATH = "/v1/callbacks/whatsapp"
GOOD = {"hub.mode": "subscribe", "hub.verify_token": "verify-token", "hub.challenge": "1158201444"}


@pytest.fixture
def settings() -> ApiSettings:
    """Providers are configured."""
    return SETTINGS


def message(reference: str = "wamid.1", text: str = "Olá", sender: str = NUMBER.removeprefix("+")) -> dict[str, Any]:
    return {"from": sender, "id": reference, "timestamp": "1749416383", "type": "text", "text": {"body": text}}


async def test_the_challenge_is_given_back_to_who_knows_the_token(provider: httpx.AsyncClient) -> None:
    answer = await provider.get(PATH, params=GOOD)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("change", [{"hub.mode": "unsubscribe"}, {"hub.verify_token": "x"}, {"hub.verify_token": "é"}])
async def test_nobody_else_gets_it(provider: httpx.AsyncClient, change: dict[str, str]) -> None:
    answer = await provider.get(PATH, params=GOOD | change)
    assert answer.status_code == 403
    assert "1158201444" not in answer.text
    assert (await provider.get(PATH)).status_code == 403


async def test_statuses_are_receipts(provider: httpx.AsyncClient, records: Records) -> None:
    first = await records.send("whatsapp", reference="wamid.1")
    second = await records.send("whatsapp", reference=None)
    statuses = [
        {"id": "wamid.1", "status": "sent"},
        {"id": "wamid.1", "status": "delivered"},
        {"id": "wamid.1", "status": "read"},
        {"id": "wamid.2", "status": "failed", "biz_opaque_callback_data": second, "errors": [{"code": 131026}]},
    ]
    assert (await post_hub(provider, hub_document(statuses=statuses))).status_code == 200
    assert await records.receipts() == [
        (first, "accepted", None),
        (first, "delivered", None),
        (first, "read", None),
        (second, "perm_failed", "131026"),
    ]


async def test_a_status_that_comes_before_the_answer_waits_for_its_id(
    provider: httpx.AsyncClient, records: Records
) -> None:
    await records.send("whatsapp", reference=None, status="sending")
    status = {"id": "wamid.9", "status": "read", "recipient_id": NUMBER.removeprefix("+")}
    assert (await post_hub(provider, hub_document(statuses=[status, {**status, "recipient_id": 7}]))).status_code == 200
    assert await records.receipts() == [("wamid.9", "read", None)]


async def test_messages_are_contacts_once(provider: httpx.AsyncClient, records: Records) -> None:
    await records.know(whatsapp="912 345 678")
    document = hub_document(messages=[message("wamid.1", "Olá"), message("wamid.2", "Está?")])
    for _ in range(2):
        assert (await post_hub(provider, document)).status_code == 200
    taken = await records.contacts()
    assert [(row["channel"], row["text"]) for row in taken] == [("message", "Olá"), ("message", "Está?")]
    assert len({row["case_id"] for row in taken}) == 1
    assert len(await records.rows(select(inbound_message))) == 2


async def test_one_bad_item_never_loses_the_others(provider: httpx.AsyncClient, records: Records) -> None:
    await records.know(whatsapp=NUMBER)
    attempt = await records.send("whatsapp", reference="wamid.9")
    items = [None, {"id": 7}, message("wamid.1", sender="x"), message("wamid.2", sender="34600000000"), message("ok")]
    statuses = [{"status": "read"}, {"id": "of-others", "status": "read"}, {"id": "wamid.9", "status": "read"}]
    assert (await post_hub(provider, hub_document(messages=items, statuses=statuses))).status_code == 200
    assert [row["text"] for row in await records.contacts()] == ["Olá"]
    assert await records.receipts() == [(attempt, "read", None)]


@pytest.mark.parametrize("unkept", ["\x00", "\ud800"])
async def test_a_character_that_cannot_be_stored_loses_nothing(
    provider: httpx.AsyncClient, records: Records, unkept: str
) -> None:
    await records.know(whatsapp=NUMBER)
    attempt = await records.send("whatsapp", reference="wamid.9")
    items = [message("wamid.1", f"Ol{unkept}á"), message(f"wamid.2{unkept}", "Está?"), message("wamid.3", unkept)]
    document = hub_document(messages=items, statuses=[{"id": "wamid.9", "status": "read", "x": unkept}])
    assert (await post_hub(provider, document)).status_code == 200
    assert [row["text"] for row in await records.contacts()] == ["Olá", "Está?", None]
    assert await records.receipts() == [(attempt, "read", None)]


async def test_a_reaction_asks_for_no_reply(provider: httpx.AsyncClient, records: Records) -> None:
    await records.know(whatsapp=NUMBER)
    item = message() | {"type": "reaction", "reaction": {"message_id": "wamid.0", "emoji": "👍"}, "text": None}
    await post_hub(provider, hub_document(messages=[item]))
    assert [(row["kind"], row["text"]) for row in await records.contacts()] == [("courtesy", "👍")]


async def test_stop_closes_whatsapp_and_nothing_else(provider: httpx.AsyncClient, records: Records) -> None:
    await records.know(whatsapp=NUMBER, sms=NUMBER)
    await post_hub(provider, hub_document(messages=[message(text="Parar")]))
    assert await records.closed() == [(DEALER, "whatsapp", "stop")]
    await post_hub(provider, hub_document(messages=[message("wamid.2", "start")]))
    assert await records.closed() == []


@pytest.mark.parametrize(
    "signature",
    ["", "sha256=", "sha256=" + "0" * 64, "sha1=" + "0" * 40, "é"],
)
async def test_what_is_not_signed_is_refused(provider: httpx.AsyncClient, records: Records, signature: str) -> None:
    await records.know(whatsapp=NUMBER)
    headers: Any = {"x-hub-signature-256": signature.encode("latin-1")}
    answer = await post_hub(provider, hub_document(messages=[message()]), **headers)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert await records.contacts() == []


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b'{"entry": "a\\u0000b\\ud800"}', 200),
        (b"[" * 40 + b"]" * 40, 400),
        (b"[]", 422),
        (b"7", 422),
        (b'"' + b"x" * (1 << 20) + b'"', 413),
        (b"{}", 200),
        (b'{"entry": {"changes": 1}}', 200),
    ],
)
async def test_malformed_bodies_are_refused_clearly(provider: httpx.AsyncClient, raw: bytes, status: int) -> None:
    answer = await post_hub(provider, raw)
    assert answer.status_code == status, answer.text


async def test_another_media_type_is_refused(provider: httpx.AsyncClient) -> None:
    answer = await post_hub(provider, b"{}", **{"content-type": "text/plain"})
    assert answer.status_code == 415


class TestWithoutSettings:
    """An installation that has none."""

    @pytest.fixture
    def settings(self) -> ApiSettings:
        """Only a key."""
        return ApiSettings(bootstrap_key=SETTINGS.bootstrap_key)

    async def test_nothing_can_be_checked(self, provider: httpx.AsyncClient) -> None:
        asked = await provider.get(PATH, params=GOOD | {"hub.verify_token": ""})
        told = await post_hub(provider, hub_document())
        assert (asked.status_code, told.status_code) == (503, 503)
        assert "HANDOFF_WHATSAPP_VERIFY_TOKEN" in asked.json()["detail"]
        assert "HANDOFF_WHATSAPP_APP_SECRET" in told.json()["detail"]
