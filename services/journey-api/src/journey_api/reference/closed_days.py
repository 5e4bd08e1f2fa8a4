"""The days that an iCalendar file (RFC 5545) proposes to close: its all-day events, recurring ones too. Pure.

The cost is bounded whatever the file says: so many events, and so many days for all of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from journey_api.reference.recurrence import UNSUPPORTED, Recurrence, Unsupported, read_recurrence

MOST_EVENTS: Final = 5_000
MOST_DAYS: Final = 500_000
"""So many days are looked at or closed for all events together."""

UNREADABLE: Final = {
    "empty": "The file is empty.",
    "no_calendar": "This is not an iCalendar file (RFC 5545).",
    "events": f"There are more than {MOST_EVENTS} events.",
    "days": "The events take or repeat over too many days.",
}
"""Why a file is not read, by code."""

_LONGEST: Final = 366
_DAY: Final = timedelta(days=1)


class NoCalendar(ValueError):
    """Not a file that can be read as a calendar, or one that would take too long: `code`, and why as the message."""

    def __init__(self, code: str) -> None:
        super().__init__(UNREADABLE[code])
        self.code = code


@dataclass(frozen=True, slots=True)
class Skipped:
    """An event that proposes nothing; `code`: why, a key of `UNSUPPORTED`."""

    name: str
    code: str

    @property
    def because(self) -> str:
        """Why, in words."""
        return UNSUPPORTED[self.code]


@dataclass
class ClosedDays:
    """The days proposed, each with the name of the first event on it, and what was left out."""

    days: dict[date, str] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)


def read_closed_days(body: bytes, first: date, last: date) -> ClosedDays:
    """The days from `first` to `last` on which the file has an all-day event. Raises NoCalendar."""
    from icalendar import Calendar  # takes a twentieth of the start, and few ever need it

    if not body.strip():
        raise NoCalendar("empty")
    try:
        calendar = Calendar.from_ical(body)
        events = list(calendar.walk("VEVENT"))
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError):
        raise NoCalendar("no_calendar") from None
    if len(events) > MOST_EVENTS:
        raise NoCalendar("events")
    found, budget = ClosedDays(), MOST_DAYS
    replaced = _replaced_dates(events)
    for event in events:
        name = str(event.get("SUMMARY") or "")[:200]
        try:
            one = _read(event, replaced)
        except ValueError as error:
            found.skipped.append(Skipped(name, error.code if isinstance(error, Unsupported) else "value"))
            continue
        budget -= one.cost(first, last)
        starts = one.starts(first, last) if budget >= 0 else []
        budget -= len(starts) * one.length
        if budget < 0:
            raise NoCalendar("days")
        for day in _days(starts, one.length, first, last):
            found.days.setdefault(day, name)
    return found


@dataclass(frozen=True, slots=True)
class _Event:
    """When an event begins, how many days it takes, how it recurs, and which of its dates other events stand for."""

    begins: date
    length: int
    recurrence: Recurrence | None
    replaced: Set[date]

    def cost(self, first: date, last: date) -> int:
        """How many dates are looked at."""
        return 1 if self.recurrence is None else self.recurrence.cost(self.begins, self._earliest(first), last)

    def starts(self, first: date, last: date) -> list[date]:
        """The dates on which it begins and from which it may reach into the days looked at."""
        earliest = self._earliest(first)
        dates = [self.begins] if self.recurrence is None else self.recurrence.dates(self.begins, earliest, last)
        return [day for day in dates if day not in self.replaced]

    def _earliest(self, first: date) -> date:
        return first - (self.length - 1) * _DAY


def _replaced_dates(events: Iterable[Any]) -> dict[str, set[date]]:
    """The dates of a series, by its UID, that another event stands for (RFC 5545, 3.8.4.4)."""
    replaced = defaultdict[str, set[date]](set)
    for event in events:
        try:
            day = _replaced_date(event)
        except ValueError:
            continue
        if day is not None:
            replaced[str(event.get("UID"))].add(day)
    return replaced


def _replaced_date(event: Any) -> date | None:
    """The date of a series that an event stands for. Raises Unsupported where it stands for all later ones too."""
    named = event.get("RECURRENCE-ID")
    if named is not None and "RANGE" in named.params:
        raise Unsupported("later_days")
    day = getattr(named, "dt", None)
    return day.date() if isinstance(day, datetime) else day


def _read(event: Any, replaced: Mapping[str, Set[date]]) -> _Event:
    """The event. Raises Unsupported, and ValueError for a value that cannot be read."""
    if str(event.get("STATUS") or "").upper() == "CANCELLED":
        raise Unsupported("cancelled")
    begins = _date_of(event, "DTSTART")
    if begins is None:
        raise Unsupported("time_of_day")
    length = _length(event, begins)
    if not 1 <= length <= _LONGEST:
        raise Unsupported("length")
    own = _replaced_date(event)
    others: Set[date] = replaced.get(str(event.get("UID")), set()) if own is None else set()
    return _Event(begins, length, read_recurrence(event), others)


def _length(event: Any, begins: date) -> int:
    """How many days it takes: up to DTEND, or as long as DURATION says, else one. Raises Unsupported."""
    ends, duration = _date_of(event, "DTEND"), getattr(event.get("DURATION"), "dt", None)
    if ends is not None:
        return (ends - begins).days
    if duration is None:
        return 1
    if duration % _DAY:
        raise Unsupported("part_of_day")
    return int(duration.days)


def _date_of(event: Any, name: str) -> date | None:
    """The date of a property; None for an instant, for several and for none."""
    value = getattr(event.get(name), "dt", None)
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _days(starts: Iterable[date], length: int, first: date, last: date) -> Iterator[date]:
    for start in starts:
        begins, ends = max(start, first).toordinal(), min(start.toordinal() + length - 1, last.toordinal())
        yield from map(date.fromordinal, range(begins, ends + 1))
