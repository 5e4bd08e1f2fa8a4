"""When the dealer of the year is open, reckoned day by day and in the plainest way: none of the product's reckoning."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass
class Place:
    """Where the dealer of the year is."""

    zone: ZoneInfo


HERE = Place(ZoneInfo("Europe/Lisbon"))
OPENS, CLOSES = time(9), time(18)
CLOSED = frozenset(
    {
        date(2026, 12, 8),
        date(2026, 12, 25),
        date(2027, 1, 1),
        date(2027, 3, 26),
        date(2027, 6, 10),
        date(2027, 10, 5),
        date(2027, 11, 1),
    }
)
"""Days of the week on which it stays closed."""
DAY = timedelta(days=1)


def is_open(day: date) -> bool:
    """Whether it opens on a day: from Monday to Friday, but for the dates it stays closed."""
    return day.weekday() < 5 and day not in CLOSED


def local(day: date, at: time) -> datetime:
    """A local time of a day, UTC."""
    return datetime.combine(day, at, HERE.zone).astimezone(UTC)


def day_of(at: datetime) -> date:
    """The local date of an instant."""
    return at.astimezone(HERE.zone).date()


def opening(day: date) -> datetime:
    """The opening of a day, of the next open one where it is closed."""
    while not is_open(day):
        day += DAY
    return local(day, OPENS)


def opening_before(day: date) -> datetime:
    """The opening of a day, of the last open one before where it is closed."""
    while not is_open(day):
        day -= DAY
    return local(day, OPENS)


def open_from(at: datetime) -> datetime:
    """The instant itself while it is open, else the next opening."""
    day = day_of(at)
    if is_open(day) and local(day, OPENS) <= at < local(day, CLOSES):
        return at
    return opening(day) if at < opening(day) else opening(day + DAY)


def closing_after(at: datetime, days: int) -> datetime:
    """The closing of the so many-th open day later than that of `at`."""
    day = day_of(at)
    while days:
        day += DAY
        days -= is_open(day)
    return local(day, CLOSES)


def end_of_day(at: datetime) -> datetime:
    """The closing of the day of `at`, of the next open day where that is over or closed."""
    day = day_of(at)
    return local(day, CLOSES) if is_open(day) and at < local(day, CLOSES) else closing_after(at, 1)


def add_open(at: datetime, much: timedelta) -> datetime:
    """The instant at which so much time has been open since `at`."""
    while True:
        at = open_from(at)
        left = local(day_of(at), CLOSES) - at
        if much <= left:
            return at + much
        much, at = much - left, at + left


def later(day: date, months: int, days: int = 0) -> date:
    """A day so many months (or, below nought, before) and days later; a day the month has not is its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])) + timedelta(days=days)
