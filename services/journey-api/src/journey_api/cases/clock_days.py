"""The days on which a stretch of open time lies, and how much on each; a long one is summed up. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from journey_api.cases.clock_parts import Running
from shared.calendar.business_days import open_days_between
from shared.calendar.open_intervals import local_date, spans_between
from shared.calendar.opening_hours import Calendar, Span

_TOLD_EACH: Final = 4
"""So many open days are told one by one; of more, the first and the sum of the others."""


@dataclass(frozen=True, slots=True)
class DayShare:
    """Open time on a local date. `opens`: when it began there, None where it went on from the stretch's beginning."""

    day: date
    counted: timedelta
    opens: datetime | None


@dataclass(frozen=True, slots=True)
class DaysShare:
    """Open time on so many open dates, up to and with `last`."""

    last: date
    days: int
    counted: timedelta


def shares_of(part: Running) -> list[DayShare | DaysShare]:
    """The shares of a stretch, in order; none where it is open around the clock."""
    calendar = part.calendar
    if calendar is None or calendar.never_closes or not part.counted:
        return []
    days = _days(calendar, part)
    if open_days_between(calendar, part.begins, part.ends) < _TOLD_EACH:
        return list(days)
    first = next(days)
    rest = open_days_between(calendar, first.opens or part.begins, part.ends)
    return [first, DaysShare(local_date(calendar, part.ends), rest, part.counted - first.counted)]


def _days(calendar: Calendar, part: Running) -> Iterator[DayShare]:
    def day_of(span: Span) -> date:
        return local_date(calendar, max(span[0], part.begins))

    for day, found in groupby(spans_between(calendar, part.begins, part.ends), day_of):
        spans = list(found)
        counted = sum((min(end, part.ends) - max(start, part.begins) for start, end in spans), timedelta())
        opens = spans[0][0]
        yield DayShare(day, counted, opens if opens > part.begins else None)
