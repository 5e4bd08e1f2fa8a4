"""Addresses of channels in the one form in which they are sent to, compared and remembered."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from shared.channels.address_forms import FREE_TEXT
from shared.channels.address_forms import e164 as e164
from shared.channels.registry import find_kind


def canonical(kind: str, address: str, region: str | None = None) -> str:
    """The form in which two spellings of one address of a channel are equal."""
    found = find_kind(kind)
    return (found.address if found else FREE_TEXT).canonical(address, region)


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
