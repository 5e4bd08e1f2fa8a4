"""Addresses of channels in the one form in which they are sent to, compared and remembered."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from babel.core import get_global

from shared.channels.address_forms import FREE_TEXT
from shared.channels.registry import find_kind

_NO_COUNTRY: Final = frozenset({"ZZ", "001"})
_NO_PLACE: Final = frozenset({"CET", "EET", "EST", "HST", "MET", "MST", "WET"})
"""Names of offsets from UTC that the database links to the zone of some country, though they are used in many."""


def canonical(kind: str, address: str, region: str | None = None) -> str:
    """The form in which two spellings of one address of a channel are equal."""
    found = find_kind(kind)
    return (found.address if found else FREE_TEXT).canonical(address, region)


def address_hash(kind: str, address: str, region: str | None = None) -> str:
    """How an address is remembered where nobody shall read it back."""
    return sha256(canonical(kind, address, region).encode()).hexdigest()


def region_of(dealer: Mapping[str, Any]) -> str | None:
    """The country (ISO 3166) of a dealer's record, for national numbers: that of its zone, never of its language.

    None for a zone of no country, as UTC.
    """
    zone = dealer.get("time_zone") or ""
    return _regions().get(zone) or _region_of_former_name(zone)


@cache
def _regions() -> dict[str, str]:
    """Country by zone, from the `zone.tab` of the time zone database."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


def _region_of_former_name(zone: str) -> str | None:
    """The country of a name that is no more in `zone.tab`.

    From CLDR: the links of the database itself may cross borders (`Iceland` is a link to `Africa/Abidjan`).
    """
    if zone in _NO_PLACE:
        return None
    countries = get_global("zone_territories")
    found = countries.get(zone) or countries.get(get_global("zone_aliases").get(zone, ""))
    return None if found in _NO_COUNTRY else found
