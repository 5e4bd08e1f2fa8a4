"""Telephone numbers as people, telephones and messengers write them."""

from typing import Any

import httpx
import pytest

from harness.provider_callbacks import DEALER, SETTINGS, Records, hub_document, post_hub
from journey_api.settings import ApiSettings
from shared.channels.telephone_numbers import e164
from shared.people.addresses import address_hash


@pytest.fixture
def settings() -> ApiSettings:
    """Providers are configured."""
    return SETTINGS


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("(11) 98765-4321", "BR", "+5511987654321"),
        ("(415) 555-0100", "US", "+14155550100"),
        ("+351\u00a0912\u202f345\u2009678", None, "+351912345678"),
        ("\u202d+351 912 345 678\u202c", None, "+351912345678"),
        ("\u2066912 345 678\u2069\u200f", "PT", "+351912345678"),
        ("\ufeff912345678", "PT", "+351912345678"),
        ("\t 912 345 678\n", "PT", "+351912345678"),
        ("912\u2011345\u2013678", "PT", "+351912345678"),
        ("912\u2212345\ufe63678", "PT", "+351912345678"),
        ("tel:+351912345678", None, "+351912345678"),
        ("TEL: 912-345-678", "PT", "+351912345678"),
        ("tel:912345678;phone-context=+351", None, "+351912345678"),
        ("\uff0b351 \uff19\uff11\uff12345678", None, "+351912345678"),
        ("\u0669\u0661\u0662 345 678", "PT", "+351912345678"),
        ("+44 (0) 7911 123456", None, "+447911123456"),
        ("+351 (0) 912 345 678", None, "+351912345678"),
        ("+39 (0)6 1234 5678", None, "+390612345678"),
        ("0xx11 98765-4321", "BR", "+5511987654321"),
        ("01.23.45.67.89", "FR", "+33123456789"),
        ("00 49 30/123456", "PT", "+4930123456"),
        ("+1 (415) 555\u20110100 ext. 12", None, "+14155550100"),
        ("912345678 ramal 12", "PT", "+351912345678"),
        ("+34 612 34 56 78 int. 4", None, "+34612345678"),
        ("+33 1 23 45 67 89, poste 12", None, "+33123456789"),
        ("8 (912) 345-67-89 доб. 204", "RU", "+79123456789"),
        ("+351 912345678;ext=12", None, "+351912345678"),
        ("Tel.: 912 345 678", "PT", "+351912345678"),
        ("T: 912345678", "PT", "+351912345678"),
        ("Mob: +351 912 345 678", None, "+351912345678"),
        ("Móvil: 612 34 56 78", "ES", "+34612345678"),
        ("sms:+351912345678", None, "+351912345678"),
        ("WhatsApp: +55 11 98765-4321", None, "+5511987654321"),
        ("电话：138 0013 8000", "CN", "+8613800138000"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("347 123 4567", "IT", "+393471234567"),
        ("+225 07 12 34 56 78", None, "+2250712345678"),
        ("01 02 03 04 05", "CI", "+2250102030405"),
        ("0341 15 555-1234", "AR", "+5493415551234"),
        ("1 55 1234 5678", "MX", "+525512345678"),
        ("0 15 11 98765-4321", "BR", "+5511987654321"),
        ("+81 (0)90 1234 5678", None, "+819012345678"),
        ("\uff10\uff19\uff10\uff0d1234\uff0d5678", "JP", "+819012345678"),
        ("\u06f0\u06f9\u06f1\u06f2 345 6789", "IR", "+989123456789"),
        ("\u0966\u096f8765 43210", "IN", "+919876543210"),
        ("0011 44 7911 123456", "AU", "+447911123456"),
        ("011 351 912 345 678", "US", "+351912345678"),
        ("9\u00ad12\u200b345\u2060678", "PT", "+351912345678"),
    ],
)
def test_what_people_write_is_read(written: str, region: str | None, number: str) -> None:
    assert e164(written, region) == number


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("912 345 678", None),
        ("555-0100", "US"),
        ("12", "PT"),
        ("nobody", "PT"),
        ("ask for Ana, 912345678", "PT"),
        ("1-800-FLOWERS", "US"),
        ("+225 07123456", None),
        ("Ana: 912345678", "PT"),
        ("912345678 Ana", "PT"),
        ("+351 912 345 678 (casa)", None),
        ("tel", "PT"),
        ("912345678912345678", "PT"),
        ("+", "PT"),
        ("", "PT"),
        ("\u202d\u202c", "PT"),
    ],
)
def test_what_is_no_whole_number_is_not(written: str, region: str | None) -> None:
    assert e164(written, region) is None


@pytest.mark.parametrize(
    ("one", "other", "region"),
    [
        ("+52 1 55 1234 5678", "+52 55 1234 5678", None),
        ("+52 1 55 8765 4321", "55 8765 4321", "MX"),
        ("+5213312345678", "044 33 1234 5678", "MX"),
        ("+5218112345678", "01 81 1234 5678", "MX"),
        ("+551187654321", "(11) 98765-4321", "BR"),
        ("+552191234567", "+55 21 99123-4567", None),
        ("+557182345678", "0 71 98234 5678", "BR"),
        ("+5491151234567", "+54 11 5123-4567", None),
        ("+5493511234567", "0351 15 123-4567", "AR"),
        ("+22997123456", "+229 01 97 12 34 56", None),
    ],
)
def test_two_spellings_of_a_line_are_one_address(one: str, other: str, region: str | None) -> None:
    assert address_hash("whatsapp", one) == address_hash("sms", other, region)


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("+52 1 55 8765 4321", "+525587654321"),
        ("+55 41 8123 4567", "+5541981234567"),
        ("+55 11 3456 7890", "+551134567890"),
        ("+54 9 11 5123 4567", "+5491151234567"),
        ("+351 212 345 678", "+351212345678"),
    ],
)
def test_the_number_that_is_written_to_is_that_of_the_present_plan(number: str, kept: str) -> None:
    assert e164(number) == kept


@pytest.mark.database
@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+351\u00a0912\u00a0345\u00a0678", "+351912345678"),
        ("\u202a 912\u2010345\u2010679 \u202c", "+351912345679"),
        ("tel:912-345-680", "+351912345680"),
        ("+52 1 55 8765 4321", "+525587654321"),
    ],
)
async def test_numbers_are_kept_as_e164(admin: httpx.AsyncClient, dealers: None, written: str, kept: str) -> None:
    channels = [{"kind": kind, "address": written} for kind in ("sms", "whatsapp", "telephone")]
    for path in ("customers/C-1", "staff/S-1"):
        sent = channels if path.startswith("customers") else channels[:2]
        record = {"name": "Ana", "channels": sent} | ({} if path.startswith("c") else {"roles": ["salesperson"]})
        answer = await admin.put(f"/v1/dealers/{DEALER}/{path}", json=record)
        assert answer.status_code == 201, answer.text
        assert {one["address"] for one in answer.json()["channels"]} == {kept}
        again = await admin.put(f"/v1/dealers/{DEALER}/{path}", json=record)
        assert (again.status_code, again.json()["version"]) == (200, 1)


@pytest.mark.database
@pytest.mark.parametrize(
    ("stored", "written_by_whatsapp"),
    [
        ("+52 55 1234 5678", "5215512345678"),
        ("+52 1 33 1234 5678", "523312345678"),
        ("+55 11 98765-4321", "551187654321"),
        ("+55 71 8234-5678", "5571982345678"),
        ("+54 11 5123-4567", "5491151234567"),
    ],
)
async def test_a_messengers_id_is_known_by_the_number_of_the_directory(
    admin: httpx.AsyncClient,
    provider: httpx.AsyncClient,
    records: Records,
    dealers: None,
    stored: str,
    written_by_whatsapp: str,
) -> None:
    customer = {"channels": [{"kind": "whatsapp", "address": stored, "verified": True}]}
    assert (await admin.put(f"/v1/dealers/{DEALER}/customers/C-1", json=customer)).status_code == 201
    await _writes(provider, written_by_whatsapp, "Olá")
    await _writes(provider, written_by_whatsapp, "STOP")
    assert [row["text"] for row in await records.contacts()] == ["Olá", "STOP"]
    assert await records.closed() == [(DEALER, "whatsapp", "stop")]


async def _writes(provider: httpx.AsyncClient, sender: str, text: str) -> None:
    message: dict[str, Any] = {"from": sender, "id": f"wamid.{text}", "timestamp": "1795428000", "type": "text"}
    answer = await post_hub(provider, hub_document(messages=[message | {"text": {"body": text}}]))
    assert answer.status_code == 200
