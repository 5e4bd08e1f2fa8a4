"""Instants of the past as people read them."""

from datetime import datetime

from babel.dates import format_time

from journey_api.console.visit import Visit
from shared.languages.dates import format_short_day


def clock_words(visit: Visit, at: datetime) -> str:
    """`13:15` today, `20 Nov, 12:15` this year, `20 Nov 2025, 12:15` before; in the dealer's zone."""
    language, here = visit.viewer.language, at.astimezone(visit.zone)
    now = visit.now.astimezone(visit.zone)
    clock = format_time(at, "HH:mm", visit.zone, locale=language)
    if here.date() == now.date():
        return clock
    return f"{format_short_day(here, language, 'MMMd' if here.year == now.year else 'yMMMd')}, {clock}"
