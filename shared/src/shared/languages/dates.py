"""Days and times as they are read in prose, and days in short."""

from datetime import date, datetime
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time

from shared.languages.registry import language_of, primary_of, text_of

# plain `en` would read as American
_SHORT: Final = {"en": "en_GB"}


def format_moment(at: datetime, tag: str) -> str:
    """Day and time of an instant in its zone, as they are read in prose: `Monday, 23 November 2026 at 10:30`."""
    locale = _locale(tag)
    day, time = format_day(at, tag), format_time(at, "short", locale=locale)
    # one o'clock is singular in some languages
    form = "moment_at_one" if at.hour == 1 else "moment"
    return text_of("dates", form, tag).format(day=day, time=time)


def format_day(day: date, tag: str) -> str:
    """A day as it is read in prose: `Monday, 23 November 2026`."""
    return format_date(day, text_of("dates", "full", tag), _locale(tag))


def format_short_day(day: date, language: str, skeleton: str = "MMMEd") -> str:
    """A day, or an instant's day in its own zone, in few letters: `Mon 23 Nov`.

    `skeleton` says which parts: `MMMd` without weekday, `yMMMd` and `yMMMEd` with the year, `yMMMM` the month alone.
    """
    return format_skeleton(skeleton, day, locale=_SHORT.get(language, language))


def _locale(tag: str) -> Locale:
    # plain `en` would read as American
    wanted = tag.replace("_", "-")
    if wanted.lower() == primary_of(tag) or not _is_of(tag):
        wanted = language_of(tag).traits["region"]
    try:
        return Locale.parse(wanted, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language_of(tag).traits["region"], sep="-")


def _is_of(tag: str) -> bool:
    return language_of(tag).code == primary_of(tag)
