"""The language of a message, and how dates read in it."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time

from shared.playbook.ruleset.texts import DEFAULT_LANGUAGE, LANGUAGES, primary_of


def language_of(*tags: str | None) -> str:
    """The first of these locales we have words in, as the locale itself (`pt-PT`); English where there is none."""
    for tag in tags:
        if tag and primary_of(tag) in LANGUAGES:
            return tag
    return DEFAULT_LANGUAGE


_AT: Final = {"pt": (" à ", " às "), "en": (" at ", " at "), "es": (" a la ", " a las "), "ru": (" в ", " в ")}
"""What stands between a date and a time after one at night, and any other; a comma where a language is not here."""

_ON: Final = {"pt": ("no ", "na "), "en": ("on ", "on "), "es": ("el ", "el "), "ru": ("", "")}
"""What stands before a day of the weekend, and before any other, which in Portuguese differ in gender."""

_WEEKEND: Final = (5, 6)


def format_moment(at: datetime, zone: ZoneInfo, tag: str) -> str:
    """Day and time in prose, as they are read where the recipient is: `Monday, 23 November 2026 at 10:30`."""
    local, locale = at.astimezone(zone), _locale(tag)
    one, other = _AT.get(primary_of(tag), (", ", ", "))
    joined = one if local.hour == 1 else other
    return format_date(local, "full", locale) + joined + format_time(local, "short", locale=locale)


def format_event(at: datetime, zone: ZoneInfo, tag: str) -> str:
    """When something happened, as a sentence goes on with it: `on Monday, 23 November 2026 at 10:30`."""
    masculine, feminine = _ON.get(primary_of(tag), ("", ""))
    before = masculine if at.astimezone(zone).weekday() in _WEEKEND else feminine
    return before + format_moment(at, zone, tag)


def _locale(tag: str) -> Locale:
    # plain `en` would read as American
    wanted = "en-GB" if tag.lower() == "en" else tag.replace("_", "-")
    try:
        return Locale.parse(wanted, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(primary_of(tag))
