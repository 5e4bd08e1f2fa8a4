"""Addresses of channels in the one form in which they are sent to, compared and remembered."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

import phonenumbers

NUMBERED: Final = frozenset({"sms", "whatsapp", "telephone"})
"""The channels whose addresses are telephone numbers."""


def e164(text: str, region: str | None = None) -> str | None:
    """A telephone number as E.164 writes it (`+351911111111`); None for what can be no number.

    `region` (ISO 3166) is whose national numbers are meant where no country code is given. Providers that leave the
    plus out, as WhatsApp does, are to have it put before.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def canonical(kind: str, address: str, region: str | None = None) -> str:
    """The form in which two spellings of one address of a channel are equal."""
    plain = address.strip().lower()
    return (e164(plain, region) or plain) if kind in NUMBERED else plain


def address_hash(kind: str, address: str, region: str | None = None) -> str:
    """How an address is remembered where nobody shall read it back."""
    return sha256(canonical(kind, address, region).encode()).hexdigest()


def region_of(dealer: Mapping[str, Any]) -> str | None:
    """The country of a dealer's record, for national numbers: its zone's, else its locale's."""
    found = _regions().get(dealer.get("time_zone") or "")
    territory = (dealer.get("locale") or "").replace("_", "-").partition("-")[2].upper()
    return found or (territory if len(territory) == 2 else None)


@cache
def _regions() -> dict[str, str]:
    """Country by zone, from the `zone.tab` of the time zone database."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}
