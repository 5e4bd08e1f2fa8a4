"""What messages look like, by the API: in the reader's language, else as the dealer says."""

import httpx
import pytest

from harness.provider_callbacks import DEALER

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]


async def preview(
    client: httpx.AsyncClient, name: str, accept: str | None = None, **query: str
) -> tuple[int, dict[str, str]]:
    headers = {"Accept-Language": accept} if accept else {}
    answer = await client.get(
        f"/v1/messages/templates/{name}/preview", params={"dealer_id": DEALER, **query}, headers=headers
    )
    return answer.status_code, answer.json()


async def dealer(admin: httpx.AsyncClient, **record: str) -> None:
    body = {"name": "Lisboa Motors", "time_zone": "Europe/Lisbon", **record}
    assert (await admin.put(f"/v1/dealers/{DEALER}", json=body)).is_success


async def test_it_is_in_the_language_asked_for(admin: httpx.AsyncClient) -> None:
    await dealer(admin, locale="en")
    status, shown = await preview(admin, "ACK", locale="pt-PT")
    assert status == 200
    assert (shown["name"], shown["locale"], shown["channel"]) == ("ACK", "pt-PT", "email")
    assert shown["subject"] == "Recebemos a sua mensagem"
    assert shown["text"].startswith("Exmo.(a) Senhor(a) Ana Sousa,\n\nAgradecemos")
    assert shown["text"].endswith("Lisboa Motors\n")
    assert '<html lang="pt">' in shown["html"]
    assert len(shown["version"]) == 12


async def test_another_wording_is_another_version(admin: httpx.AsyncClient) -> None:
    await dealer(admin, locale="en")
    versions = {
        (await preview(admin, name, locale=locale))[1]["version"]
        for name in ("ACK", "STATUS")
        for locale in ("en", "ru")
    }
    assert len(versions) == 4


@pytest.mark.parametrize(
    ("record", "accept", "query", "expected"),
    [
        ({"locale": "es"}, "ru, en;q=0.5", {}, "ru"),
        ({"locale": "es", "fallback_locale": "zh"}, "fr", {}, "zh"),
        ({"locale": "es", "fallback_locale": "zh"}, "fr", {"locale": "en"}, "en"),
        ({"locale": "es"}, "fr", {}, "en"),
        ({"locale": "es"}, None, {}, "es"),
        ({"locale": "fr", "fallback_locale": "pt-PT"}, None, {}, "pt-PT"),
    ],
)
async def test_the_dealer_says_what_who_has_no_language_of_ours_reads(
    admin: httpx.AsyncClient, record: dict[str, str], accept: str | None, query: dict[str, str], expected: str
) -> None:
    await dealer(admin, **record)
    _, shown = await preview(admin, "call_back", accept, **query)
    assert shown["locale"] == expected


async def test_a_text_message_is_a_few_lines(admin: httpx.AsyncClient) -> None:
    await dealer(admin, locale="en")
    _, shown = await preview(admin, "STATUS", channel="sms")
    assert (shown["subject"], shown["html"]) == (None, None)
    assert "\n\n" not in shown["text"]


async def test_it_has_the_dealers_own_lines(admin: httpx.AsyncClient) -> None:
    sender = {"telephone": "+351 210 000 000", "footer": {"en": "Lisboa Motors, S.A.", "pt": "Lisboa Motors SA"}}
    body = {"name": "Lisboa Motors", "time_zone": "Europe/Lisbon", "locale": "en", "sender": sender}
    assert (await admin.put(f"/v1/dealers/{DEALER}", json=body)).is_success
    _, shown = await preview(admin, "ACK")
    assert "Telephone: +351 210 000 000\nLisboa Motors, S.A.\n" in shown["text"]
    assert "Lisboa Motors, S.A." in shown["html"]


async def test_a_notice_to_staff_is_signed_by_the_dealership_alone(admin: httpx.AsyncClient) -> None:
    await dealer(admin, locale="en")
    _, shown = await preview(admin, "BREACHED")
    assert "Vehicle: AA-00-BB" in shown["text"]
    assert shown["text"].endswith("With kind regards,\nLisboa Motors\n")


@pytest.mark.parametrize(
    ("name", "query", "status"),
    [
        ("NOTHING", {}, 404),
        ("ACK", {"dealer_id": "nowhere"}, 404),
        ("ACK", {"channel": "pigeon"}, 422),
        ("ACK", {"channel": "post"}, 422),
        ("ACK", {"locale": "Portuguese!"}, 422),
    ],
)
async def test_what_there_is_not_is_refused(
    admin: httpx.AsyncClient, name: str, query: dict[str, str], status: int
) -> None:
    assert (await preview(admin, name, **query))[0] == status


async def test_a_fallback_without_texts_is_refused(admin: httpx.AsyncClient) -> None:
    body = {"name": "Lisboa Motors", "time_zone": "Europe/Lisbon", "fallback_locale": "fr-FR"}
    answer = await admin.put(f"/v1/dealers/{DEALER}", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/fallback_locale"
