"""The language of a message, and how dates read in it."""

from datetime import datetime
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


def format_moment(at: datetime, zone: ZoneInfo, tag: str) -> str:
    """Day and time as they are read where the recipient is: `Monday, 23 November 2026, 10:30`."""
    local, locale = at.astimezone(zone), _locale(tag)
    return f"{format_date(local, 'full', locale)}, {format_time(local, 'short', locale=locale)}"


def _locale(tag: str) -> Locale:
    # plain `en` would read as American
    wanted = "en-GB" if tag.lower() == "en" else tag.replace("_", "-")
    try:
        return Locale.parse(wanted, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(primary_of(tag))
