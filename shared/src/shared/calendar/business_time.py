"""Business time: how much of an interval is open, and when so much open time is up (SLA rules, business time).

All instants are aware; answers are UTC. Lengths are real seconds, so a day open around the clock may have 23 or 25
hours. Without a calendar (`ALWAYS`) time is physical. An addition or a difference costs the same however far its ends
lie apart.
"""

from datetime import UTC, datetime, timedelta

from shared.calendar.open_intervals import spans_between
from shared.calendar.open_time_index import datetime_of, index_of, instant_of
from shared.calendar.opening_hours import Calendar

HORIZON = timedelta(days=400)
"""How far a search goes before it gives up."""

_NO_TIME = timedelta(0)
_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)
_HORIZON = HORIZON // _MICROSECOND


class CalendarExhausted(ValueError):
    """The calendar has not enough opening hours within 400 days (`calendar_exhausted`)."""

    code = "calendar_exhausted"


def biz(calendar: Calendar | None, x: datetime, y: datetime) -> timedelta:
    """The open time in [x, y). Raises ValueError where y < x."""
    if y < x:
        raise ValueError("business time runs forwards: y is before x")
    if calendar is None or calendar.never_closes:
        return y - x
    index = index_of(calendar)
    before_x, before_y = (index.open_before(instant_of(at), _ordinal(calendar, at)) for at in (x, y))
    return timedelta(microseconds=before_y - before_x)


def add(calendar: Calendar | None, x: datetime, n: timedelta) -> datetime:
    """The least instant t with biz(x, t) = n; x itself for n = 0.

    A target used up exactly at closing is due at closing, not at the next opening. Raises ValueError for a negative
    n, CalendarExhausted beyond 400 days (physical time has no such end).
    """
    if n < _NO_TIME:
        raise ValueError("business time cannot be added backwards")
    if n == _NO_TIME:
        return x.astimezone(UTC)
    if calendar is None or calendar.never_closes:
        return x.astimezone(UTC) + n
    index, ordinal, instant = index_of(calendar), _ordinal(calendar, x), instant_of(x)
    wanted = index.open_before(instant, ordinal) + n // _MICROSECOND
    found = index.instant_with(wanted, ordinal, HORIZON.days + 2)
    if found is None or found - instant > _HORIZON:
        raise CalendarExhausted(f"less than {n} open within {HORIZON.days} days")
    return datetime_of(found)


def open_within_horizon(calendar: Calendar | None, x: datetime) -> timedelta:
    """The open time of the 400 days from x."""
    return biz(calendar, x, x + HORIZON)


def is_open(calendar: Calendar | None, at: datetime) -> bool:
    """Whether `at` lies in opening hours; a closing itself does not."""
    if calendar is None or calendar.never_closes:
        return True
    return any(start <= at for start, _ in spans_between(calendar, at, at + _SECOND))


def next_opening(calendar: Calendar | None, at: datetime) -> datetime:
    """The first open instant at or after `at`: `at` itself when open. Raises CalendarExhausted."""
    at = at.astimezone(UTC)
    if calendar is None or calendar.never_closes:
        return at
    for start, _ in spans_between(calendar, at, at + HORIZON):
        return max(start, at)
    raise CalendarExhausted(f"never open within {HORIZON.days} days")


def _ordinal(calendar: Calendar, at: datetime) -> int:
    return at.astimezone(calendar.zone).toordinal()
