"""Addresses in one form: numbers as E.164, mail addresses in small letters, neither to be read back."""

import pytest

from shared.channels.telephone_numbers import e164
from shared.people.addresses import address_hash, canonical, region_of


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("+351 911 111 111", None, "+351911111111"),
        ("911 111 111", "PT", "+351911111111"),
        ("00351911111111", "PT", "+351911111111"),
        ("030 123456", "DE", "+4930123456"),
        ("911 111 111", None, None),
        ("12", "PT", None),
        ("nobody", "PT", None),
        ("", "PT", None),
    ],
)
def test_numbers(text: str, region: str | None, number: str | None) -> None:
    assert e164(text, region) == number


def test_two_spellings_of_an_address_are_one() -> None:
    assert address_hash("sms", "911 111 111", "PT") == address_hash("sms", "+351911111111")
    assert address_hash("email", " Ana@Example.pt") == address_hash("email", "ana@example.pt")
    assert canonical("sms", "Nobody", "PT") == "nobody"


@pytest.mark.parametrize(
    ("record", "region"),
    [
        ({"time_zone": "Europe/Lisbon"}, "PT"),
        ({"time_zone": "Europe/Berlin", "locale": "pt-PT"}, "DE"),
        ({"time_zone": "UTC", "locale": "pt_BR"}, None),
        ({"time_zone": "UTC", "locale": "pt"}, None),
        ({}, None),
    ],
)
def test_the_country_of_a_dealer(record: dict[str, str], region: str | None) -> None:
    assert region_of(record) == region
