"""How much is open before a date, whatever the date: whole weeks are counted, not walked (SLA rules, business time).

A week has so many open seconds and open dates. The sum differs only where a dated exception replaces hours, and where
the clocks change within opening hours; both are kept as running sums, and the changes of a zone's yearly rule, which
are the same every year, are counted by years.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from shared.calendar.open_intervals import offset_around
from shared.calendar.opening_hours import Calendar, DayHours
from shared.calendar.zone_change_totals import NOTHING, Sums, Total, ZoneChangeTotals, minus, of_hours, open_on, sums_of

_KEPT: Final = 20_000
"""No measure remembers more dates; the next one makes it forget all."""

_WEEKS_KEPT: Final = 256
"""Weeks of opening hours whose totals a process remembers, whichever dealers have them."""


@dataclass(frozen=True)
class OpenTotals:
    """The open time of a calendar before any local date. `weekly`: the same calendar without its exceptions."""

    calendar: Calendar
    weekly: Calendar

    def before(self, ordinal: int) -> Total:
        """What is open on all local dates before the date of this ordinal (`date.toordinal`)."""
        return self._weeks(ordinal).plus(self._exceptions.before(ordinal)).plus(self._changes.before(ordinal))

    def _weeks(self, ordinal: int) -> Total:
        # 1 January of the year 1 was a Monday
        weeks, days = divmod(ordinal - 1, 7)
        return self._week[days].plus(self._week[7], weeks)

    @cached_property
    def week(self) -> Total:
        """What is open in a week without exceptions and changes of the clocks."""
        return self._week[7]

    @cached_property
    def _week(self) -> tuple[Total, ...]:
        return tuple(accumulate(map(of_hours, self.weekly.week), Total.plus, initial=NOTHING))

    @cached_property
    def _changes(self) -> ZoneChangeTotals:
        known = self.weekly.worked_out.setdefault(ZoneChangeTotals, ZoneChangeTotals(self.weekly))
        assert isinstance(known, ZoneChangeTotals)
        return known

    @cached_property
    def _exceptions(self) -> Sums:
        """What exceptional dates differ by from the same dates without; the date after one may share its midnight."""
        found = {}
        for day, hours in self.calendar.exceptions.items():
            if offset_around(self.calendar.zone, day) is not None:
                found[day.toordinal()] = minus(of_hours(hours), of_hours(self.weekly.hours(day)))
                continue
            for one in (day, day + timedelta(days=1)):
                found[one.toordinal()] = minus(open_on(self.calendar, one), open_on(self.weekly, one))
        return sums_of(found)


def totals_of(calendar: Calendar) -> OpenTotals:
    """The totals of a calendar, worked out once for each."""
    known = calendar.worked_out.get(OpenTotals)
    if known is None:
        known = calendar.worked_out[OpenTotals] = OpenTotals(calendar, _weekly(calendar.zone, calendar.week))
    assert isinstance(known, OpenTotals)
    return known


@lru_cache(_WEEKS_KEPT)
def _weekly(zone: ZoneInfo, week: tuple[DayHours, ...]) -> Calendar:
    """The week without exceptions: one for all calendars, for a dealer's hours are read again and again."""
    return Calendar(zone, week)


class Measure:
    """One of the totals before a date, remembered by ordinal, and the search for the date by which it is reached."""

    def __init__(self, totals: OpenTotals, measured: Callable[[Total], int]) -> None:
        self._totals = totals
        self._measured = measured
        self._weekly = measured(totals.week)
        self._known: dict[int, int] = {}

    def before(self, ordinal: int) -> int:
        """What is measured on all local dates before the date of this ordinal."""
        known = self._known.get(ordinal)
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[ordinal] = self._measured(self._totals.before(ordinal))
        return known

    def first_date_with(self, wanted: int, low: int, high: int) -> int | None:
        """The first ordinal in [low, high) by whose end at least `wanted` is measured in all; None where there is none.

        Jumps by whole weeks, then walks within one; what exceptions add or take away makes it jump again.
        """
        high = min(high, date.max.toordinal())
        if self.before(high) < wanted:
            return None
        day, before = low, self.before(low)
        while self._weekly and before < wanted and (weeks := (wanted - 1 - before) // self._weekly):
            day = min(day + 7 * weeks, high)
            before = self.before(day)
        while day > low and self.before(day) >= wanted:
            day -= 7
        for found in range(max(day, low) + 1, high + 1):
            if self.before(found) >= wanted:
                return found - 1
        return None
