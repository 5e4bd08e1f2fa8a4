"""Public holidays proposed by country; a person accepts them before they close anything."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

import holidays

from shared.faults import Unknown, Wrong, WrongValue

_ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True)
class Holiday:
    """A proposed day off, named in the language asked for, else in English, else in the country's own."""

    day: date
    name: str


def propose_holidays(country: str, subdivision: str | None, year: int, language: str = _ENGLISH) -> tuple[Holiday, ...]:
    """The public holidays of a country (ISO 3166-1 alpha-2) and subdivision in a year, by date.

    Raises ValueError for a place the feed does not know.
    """
    fault = check_holiday_place(country, subdivision)
    if fault:
        raise WrongValue(fault[1])
    days = holidays.country_holidays(country, subdiv=subdivision, years=year, language=_named_in(country, language))
    return tuple(Holiday(day, name) for day, name in sorted(days.items()))


def check_holiday_place(country: object, subdivision: object) -> tuple[str, Wrong] | None:
    """The field at fault and what is wrong with it; None for a place the feed knows, and for no place at all."""
    if country is None:
        return None if subdivision is None else ("subdivision", Wrong("subdivision_without_country", "needs a country"))
    if not isinstance(country, str) or country not in _countries():
        detail, known = f"unknown country {country!r}", Unknown.of(country, _countries())
        return "country", Wrong("unknown_country", detail, (("country", str(country)),), known)
    if subdivision is not None and subdivision not in _countries()[country]:
        detail, known = (
            f"unknown subdivision {subdivision!r} of {country}",
            Unknown.of(subdivision, _countries()[country]),
        )
        return "subdivision", Wrong("unknown_subdivision", detail, (("country", country),), known)
    return None


@cache
def _countries() -> dict[str, list[str]]:
    supported: dict[str, list[str]] = holidays.list_supported_countries(include_aliases=True)
    return supported


@cache
def _named_in(country: str, wanted: str) -> str | None:
    """The language of the feed to name them in; None: the country's own."""
    languages = holidays.list_localized_countries().get(country, [])
    wished = (one for code in (wanted, _ENGLISH) for one in languages if one.partition("_")[0] == code)
    return next(wished, None)
