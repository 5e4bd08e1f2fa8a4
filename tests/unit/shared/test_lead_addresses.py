"""On which addresses of a customer something may be sent, before consent and wishes are asked."""

from typing import Any

import pytest

from shared.people.customer_channels import customer_addresses
from shared.people.eligibility import Purpose

CHANNELS = [
    {"kind": "email", "address": "ana@example.com", "verified": False},
    {"kind": "sms", "address": "+351912345678", "verified": True},
]


@pytest.mark.parametrize(
    ("source", "purpose", "open_to"),
    [
        ("lead", "service", [True, True]),
        ("lead", "marketing", [False, True]),
        ("dms", "service", [False, True]),
        (None, "service", [False, True]),
    ],
)
def test_a_lead_is_served_on_its_own_addresses(source: str | None, purpose: Purpose, open_to: list[bool]) -> None:
    record: dict[str, Any] = {"channels": CHANNELS, "consent": {"source": source}}
    assert [address.verified for address in customer_addresses(record, purpose)] == open_to


def test_a_profile_without_anything_has_no_address() -> None:
    assert customer_addresses({}, "service") == ()
