"""An independent answer to what is open: walks the minutes and looks at the clock on the wall. Slow on purpose."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from shared.calendar.opening_hours import Calendar

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def open_minutes(calendar: Calendar, low: datetime, high: datetime) -> set[datetime]:
    """Every open minute of [low, high), both on whole minutes."""
    found: set[datetime] = set()
    day = (low - 2 * DAY).date()
    while day <= (high + 2 * DAY).date():
        for opening, closing in calendar.hours(day):
            found |= set(_minutes(calendar.zone, day, opening, closing))
        day += DAY
    return {minute for minute in found if low <= minute < high}


@lru_cache(maxsize=20_000)
def _minutes(zone, day, opening, closing) -> tuple[datetime, ...]:
    """From the first minute that reads at least `opening` to the last that reads less than `closing`."""
    midnight = datetime.combine(day, datetime.min.time())
    walk = _wall_clock(zone, day)
    begins = next(at for at, wall in walk if wall >= midnight + opening * MINUTE)
    ends = max(at for at, wall in walk if wall < midnight + closing * MINUTE)
    return tuple(at for at, _ in walk if begins <= at <= ends)


@lru_cache(maxsize=2_000)
def _wall_clock(zone, day) -> tuple[tuple[datetime, datetime], ...]:
    """Each minute of some 3 days around a date, and what the clock on the wall then shows."""
    start = datetime.combine(day, datetime.min.time(), tzinfo=zone) - timedelta(hours=6)
    start = start.astimezone(UTC)
    minutes = [start + n * MINUTE for n in range(36 * 60)]
    return tuple((at, at.astimezone(zone).replace(tzinfo=None)) for at in minutes)
