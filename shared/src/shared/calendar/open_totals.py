"""How much is open before a date, whatever the date: whole weeks are counted, not walked (SLA rules, business time).

A week has so many open seconds and open dates. The sum differs only where a dated exception replaces hours, and where
the clocks change within opening hours; both are kept as running sums, and the changes of a zone's yearly rule, which
are the same every year, are counted by years.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Final, NamedTuple

from shared.calendar.open_intervals import offset_around, spans_of
from shared.calendar.opening_hours import Calendar, DayHours
from shared.calendar.zone_changes import Change, ZoneChanges, changes_of, changes_of_year

_DAY: Final = 86_400
_WEEK: Final = 7 * _DAY
_KEPT: Final = 20_000
"""No measure remembers more dates; the next one makes it forget all."""


class Total(NamedTuple):
    """Open seconds and open local dates."""

    seconds: int
    dates: int

    def plus(self, other: "Total", times: int = 1) -> "Total":
        """This and the other, so many times."""
        return Total(self.seconds + other.seconds * times, self.dates + other.dates * times)


_NOTHING: Final = Total(0, 0)


@dataclass(frozen=True, slots=True)
class _Sums:
    """What some dates differ by, in their order; `until[n]` is the sum of the first n."""

    ordinals: tuple[int, ...]
    until: tuple[Total, ...]

    def before(self, ordinal: int) -> Total:
        return self.until[bisect_left(self.ordinals, ordinal)]


def _sums(differences: Mapping[int, Total]) -> _Sums:
    known = sorted((ordinal, total) for ordinal, total in differences.items() if total != _NOTHING)
    until = accumulate((total for _, total in known), Total.plus, initial=_NOTHING)
    return _Sums(tuple(ordinal for ordinal, _ in known), tuple(until))


@dataclass(frozen=True)
class OpenTotals:
    """The open time of a calendar before any local date. `weekly`: the same calendar without its exceptions."""

    calendar: Calendar
    weekly: Calendar
    _shapes: dict[tuple[int, int, bool], tuple[Total, ...]] = field(default_factory=dict)
    _years: dict[int, _Sums] = field(default_factory=dict)

    def before(self, ordinal: int) -> Total:
        """What is open on all local dates before the date of this ordinal (`date.toordinal`)."""
        return self._weeks(ordinal).plus(self._exceptions.before(ordinal)).plus(self._changed_before(ordinal))

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
        return tuple(accumulate(map(_of_hours, self.weekly.week), Total.plus, initial=_NOTHING))

    @cached_property
    def _exceptions(self) -> _Sums:
        """What exceptional dates differ by from the same dates without; the date after one may share its midnight."""
        found = {}
        for day, hours in self.calendar.exceptions.items():
            if offset_around(self.calendar.zone, day) is not None:
                found[day.toordinal()] = _minus(_of_hours(hours), _of_hours(self.weekly.hours(day)))
                continue
            for one in (day, day + timedelta(days=1)):
                found[one.toordinal()] = _minus(_of(self.calendar, one), _of(self.weekly, one))
        return _sums(found)

    def _changed_before(self, ordinal: int) -> Total:
        year, rule_from = date.fromordinal(ordinal).year, self._changes.rule_from
        found = self._listed.before(ordinal)
        if year > rule_from:
            found = found.plus(self._of_year(rule_from).until[-1], year - rule_from)
        return found.plus(self._of_year(year).before(ordinal)) if year >= rule_from else found

    @cached_property
    def _changes(self) -> ZoneChanges:
        return changes_of(self.calendar.zone)

    @cached_property
    def _listed(self) -> _Sums:
        return self._differences(self._changes.listed)

    def _of_year(self, year: int) -> _Sums:
        if year not in self._years:
            self._years[year] = self._differences(changes_of_year(self.calendar.zone, year))
        return self._years[year]

    def _differences(self, changes: Iterable[Change]) -> _Sums:
        found: dict[int, Total] = {}
        for change in changes:
            for ordinal, total in zip(change.days, self._shape(change), strict=True):
                found[ordinal] = found.get(ordinal, _NOTHING).plus(total)
        return _sums(found)

    def _shape(self, change: Change) -> tuple[Total, ...]:
        """What a change does to the dates it touches: the same for all that fall on one time of the week."""
        shape = change.low % _WEEK, change.high - change.low, change.skips
        if shape not in self._shapes:
            days = [date.fromordinal(ordinal) for ordinal in change.days]
            if not any(self._may_touch(change, day) for day in days):
                self._shapes[shape] = (_NOTHING,) * len(days)
                return self._shapes[shape]
            self._shapes[shape] = tuple(
                _minus(_of(self.weekly, day), _of_hours(self.weekly.week[day.weekday()])) for day in days
            )
        return self._shapes[shape]

    def _may_touch(self, change: Change, day: date) -> bool:
        midnight = (day.toordinal() - 1) * _DAY
        hours = self.weekly.week[day.weekday()]
        return any(midnight + a * 60 <= change.high and change.low <= midnight + b * 60 for a, b in hours)


def totals_of(calendar: Calendar) -> OpenTotals:
    """The totals of a calendar, worked out once for each."""
    known = calendar.worked_out.get(OpenTotals)
    if known is None:
        weekly = Calendar(calendar.zone, calendar.week) if calendar.exceptions else calendar
        known = calendar.worked_out[OpenTotals] = OpenTotals(calendar, weekly)
    assert isinstance(known, OpenTotals)
    return known


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


def _of(calendar: Calendar, day: date) -> Total:
    spans = spans_of(calendar, day)
    return Total(sum(int((end - start).total_seconds()) for start, end in spans), int(bool(spans)))


def _of_hours(hours: DayHours) -> Total:
    return Total(sum(closing - opening for opening, closing in hours) * 60, int(bool(hours)))


def _minus(one: Total, other: Total) -> Total:
    return Total(one.seconds - other.seconds, one.dates - other.dates)
