"""Business time: how much of an interval is open, and when so much open time is up (SLA rules, business time).

All instants are aware; answers are UTC. Lengths are real seconds, so a day open around the clock may have 23 or 25
hours. Without a calendar (`ALWAYS`) time is physical.
"""

from datetime import UTC, datetime, timedelta

from shared.calendar.open_intervals import spans_between
from shared.calendar.opening_hours import Calendar

HORIZON = timedelta(days=400)
"""How far a search goes before it gives up."""

_NO_TIME = timedelta(0)
_SECOND = timedelta(seconds=1)


class CalendarExhausted(ValueError):
    """The calendar has not enough opening hours within 400 days (`calendar_exhausted`)."""

    code = "calendar_exhausted"


def biz(calendar: Calendar | None, x: datetime, y: datetime) -> timedelta:
    """The open time in [x, y). Raises ValueError where y < x."""
    if y < x:
        raise ValueError("business time runs forwards: y is before x")
    if calendar is None or calendar.never_closes:
        return y - x
    return sum((min(end, y) - max(start, x) for start, end in spans_between(calendar, x, y)), _NO_TIME)


def add(calendar: Calendar | None, x: datetime, n: timedelta) -> datetime:
    """The least instant t with biz(x, t) = n; x itself for n = 0.

    A target used up exactly at closing is due at closing, not at the next opening. Raises ValueError for a negative
    n, CalendarExhausted beyond 400 days (physical time has no such end).
    """
    if n < _NO_TIME:
        raise ValueError("business time cannot be added backwards")
    x = x.astimezone(UTC)
    if n == _NO_TIME:
        return x
    if calendar is None or calendar.never_closes:
        return x + n
    left, limit = n, x + HORIZON
    for start, end in spans_between(calendar, x, limit):
        begin = max(start, x)
        if left <= end - begin:
            return _within(begin + left, limit)
        left -= end - begin
    raise CalendarExhausted(f"less than {n} open within {HORIZON.days} days")


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


def _within(at: datetime, limit: datetime) -> datetime:
    if at > limit:
        raise CalendarExhausted(f"not due within {HORIZON.days} days")
    return at
