"""The open time before any instant, and the instant at which so much is open: by running sums, in constant cost.

Instants are microseconds of POSIX here, which add and compare faster than datetimes do.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Final

from shared.calendar.open_intervals import spans_of
from shared.calendar.open_totals import Measure, totals_of
from shared.calendar.opening_hours import Calendar
from shared.calendar.zone_change_totals import Total

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_SECOND: Final = 1_000_000
_KEPT: Final = 20_000
"""No calendar keeps more days; the next one lets all go."""


class OutOfRange(ValueError):
    """No calendar reaches so far: the first and last days of the years 1 and 9999."""


@dataclass(frozen=True, slots=True)
class _Day:
    """The open spans around a local date, and their running sums. `used[n]`: open until the end of the span n."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    used: tuple[int, ...]
    before: int

    def open_before(self, instant: int) -> int:
        place = bisect_right(self.starts, instant) - 1
        if place < 0:
            return self.before
        return self.used[place] - max(self.ends[place] - instant, 0)

    def instant_with(self, wanted: int) -> int | None:
        """The least instant before which so much is open, if it lies within these spans."""
        place = bisect_left(self.used, wanted)
        if place == len(self.used) or wanted <= self.before:
            return None
        return self.ends[place] - (self.used[place] - wanted)


@dataclass(frozen=True)
class OpenTimeIndex:
    """The index of one calendar, filled as it is asked."""

    calendar: Calendar
    seconds: Measure
    _days: dict[int, _Day] = field(default_factory=dict)

    def open_before(self, instant: int, ordinal: int) -> int:
        """The open microseconds before an instant, from the year 1 on; `ordinal` is that of its local date."""
        return self._day(ordinal).open_before(instant)

    def instant_with(self, wanted: int, ordinal: int, days: int) -> int | None:
        """The least instant with so many open microseconds before it.

        None when it lies before the local date `ordinal`, or more than `days` after it.
        """
        if (near := self._day(ordinal).instant_with(wanted)) is not None:
            return near
        seconds = -(-wanted // _SECOND)
        found = self.seconds.first_date_with(seconds, ordinal, ordinal + days)
        return self._day(found).instant_with(wanted) if found is not None else None

    def _day(self, ordinal: int) -> _Day:
        known = self._days.get(ordinal)
        if known is None:
            if len(self._days) >= _KEPT:
                self._days.clear()
                self.calendar.known_days.clear()
            known = self._days[ordinal] = self._work_out(ordinal)
        return known

    def _work_out(self, ordinal: int) -> _Day:
        """The spans of the date and its neighbours: clocks that go back may show two dates in turns."""
        if not 3 < ordinal < date.max.toordinal() - 3:
            raise OutOfRange("no calendar reaches so far")
        days = map(date.fromordinal, range(ordinal - 1, ordinal + 2))
        spans = [(instant_of(start), instant_of(end)) for day in days for start, end in spans_of(self.calendar, day)]
        before = self.seconds.before(ordinal - 1) * _SECOND
        used = accumulate((end - start for start, end in spans), initial=before)
        return _Day(tuple(start for start, _ in spans), tuple(end for _, end in spans), tuple(used)[1:], before)


def index_of(calendar: Calendar) -> OpenTimeIndex:
    """The index of a calendar, one for each."""
    known = calendar.worked_out.get(OpenTimeIndex)
    if known is None:
        known = calendar.worked_out[OpenTimeIndex] = OpenTimeIndex(calendar, Measure(totals_of(calendar), _seconds))
    assert isinstance(known, OpenTimeIndex)
    return known


def instant_of(at: datetime) -> int:
    """The microseconds of POSIX of an aware datetime."""
    return (at - _EPOCH) // _MICROSECOND


def datetime_of(instant: int) -> datetime:
    """The UTC datetime of microseconds of POSIX."""
    return _EPOCH + timedelta(0, 0, instant)


def _seconds(total: Total) -> int:
    return total.seconds
