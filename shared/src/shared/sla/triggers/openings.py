"""At which instant of a day a time rule acts: the opening of the dealer's day, in its zone (timers 5.7)."""

from datetime import date, datetime, timedelta

from shared.calendar.business_time import CalendarExhausted, next_opening
from shared.calendar.open_intervals import opening_instant, spans_of
from shared.calendar.opening_hours import Calendar

_LOOKS_BACK = 14
"""Days before a closed one in which an open day is looked for."""


def opening_from(calendar: Calendar, at: datetime) -> datetime:
    """`at` where the dealer is open, else the next opening; `at` itself for a dealer that never opens again."""
    try:
        return next_opening(calendar, at)
    except CalendarExhausted:
        return at


def opening_of(calendar: Calendar, day: date, *, before: bool = False) -> datetime:
    """The opening of the dealer's day `day`, UTC. A closed day has that of the next open one.

    `before`: something of a later day is prepared, so the last open day before a closed one takes its place.
    """
    if before:
        for back in range(_LOOKS_BACK + 1):
            spans = spans_of(calendar, day - timedelta(days=back))
            if spans:
                return spans[0][0]
    return opening_from(calendar, opening_instant(calendar.zone, day, 0))
