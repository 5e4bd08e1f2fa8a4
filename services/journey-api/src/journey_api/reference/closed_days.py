"""The days that an iCalendar file (RFC 5545) proposes to close: its all-day events, recurring ones too. Pure.

The cost is bounded whatever the file says: so many events, and so many days looked at for all that recur.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from icalendar import Calendar

from journey_api.reference.recurrence import Recurrence, Unsupported, read_recurrence

MOST_EVENTS: Final = 5_000
MOST_DAYS: Final = 500_000
"""So many days are looked at for all events that recur."""

_LONGEST: Final = 366
_DAY: Final = timedelta(days=1)


class NoCalendar(ValueError):
    """Not a file that can be read as a calendar, or one that would take too long; the message says why."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """An event that proposes nothing, and why."""

    name: str
    because: str


@dataclass
class ClosedDays:
    """The days proposed, each with the name of the first event on it, and what was left out."""

    days: dict[date, str] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)


def read_closed_days(body: bytes, first: date, last: date) -> ClosedDays:
    """The days from `first` to `last` on which the file has an all-day event. Raises NoCalendar."""
    try:
        calendar = Calendar.from_ical(body)
        events = list(calendar.walk("VEVENT"))
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError):
        raise NoCalendar("This is not an iCalendar file (RFC 5545).") from None
    if len(events) > MOST_EVENTS:
        raise NoCalendar(f"There are more than {MOST_EVENTS} events.")
    found, budget = ClosedDays(), MOST_DAYS
    for event in events:
        name = str(event.get("SUMMARY") or "")[:200]
        try:
            begins, length, recurrence = _read(event)
        except Unsupported as error:
            found.skipped.append(Skipped(name, str(error)))
            continue
        if recurrence is not None:
            budget -= recurrence.cost(begins, first, last)
            if budget < 0:
                raise NoCalendar("There are too many events that recur.")
        for day in _days(begins, length, recurrence, first, last):
            found.days.setdefault(day, name)
    return found


def _read(event: Any) -> tuple[date, int, Recurrence | None]:
    """When an event begins, how many days it takes, and how it recurs. Raises Unsupported."""
    if str(event.get("STATUS") or "").upper() == "CANCELLED":
        raise Unsupported("It is cancelled.")
    begins = _date_of(event, "DTSTART")
    if begins is None:
        raise Unsupported("It is not an all-day event.")
    ends = _date_of(event, "DTEND")
    length = (ends - begins).days if ends is not None else 1
    if not 1 <= length <= _LONGEST:
        raise Unsupported("It takes no day, or more than a year.")
    return begins, length, read_recurrence(event)


def _date_of(event: Any, name: str) -> date | None:
    """The date of a property; None for an instant, for several and for none."""
    value = getattr(event.get(name), "dt", None)
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _days(begins: date, length: int, recurrence: Recurrence | None, first: date, last: date) -> Iterator[date]:
    starts = [begins] if recurrence is None else recurrence.dates(begins, first - (length - 1) * _DAY, last)
    for start in starts:
        for n in range(length):
            day = date.fromordinal(min(start.toordinal() + n, date.max.toordinal()))
            if first <= day <= last:
                yield day
