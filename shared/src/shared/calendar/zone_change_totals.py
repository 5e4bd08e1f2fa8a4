"""What changes of the clocks add to a week's open time and take from it, summed up to any local date."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import accumulate
from typing import Final, NamedTuple

from shared.calendar.open_intervals import spans_of
from shared.calendar.opening_hours import Calendar, DayHours
from shared.calendar.zone_changes import Change, ZoneChanges, changes_of, changes_of_year

_DAY: Final = 86_400
_WEEK: Final = 7 * _DAY


class Total(NamedTuple):
    """Open seconds and open local dates."""

    seconds: int
    dates: int

    def plus(self, other: "Total", times: int = 1) -> "Total":
        """This and the other, so many times."""
        return Total(self.seconds + other.seconds * times, self.dates + other.dates * times)


NOTHING: Final = Total(0, 0)


@dataclass(frozen=True, slots=True)
class Sums:
    """What some dates differ by, in their order; `until[n]` is the sum of the first n."""

    ordinals: tuple[int, ...]
    until: tuple[Total, ...]

    def before(self, ordinal: int) -> Total:
        """The sum of the dates before this one."""
        return self.until[bisect_left(self.ordinals, ordinal)]


def sums_of(differences: Mapping[int, Total]) -> Sums:
    """The running sums of what dates differ by, by ordinal."""
    known = sorted((ordinal, total) for ordinal, total in differences.items() if total != NOTHING)
    until = accumulate((total for _, total in known), Total.plus, initial=NOTHING)
    return Sums(tuple(ordinal for ordinal, _ in known), tuple(until))


@dataclass(frozen=True)
class ZoneChangeTotals:
    """What the clocks of its zone do to the open time of a calendar without exceptions."""

    weekly: Calendar
    _shapes: dict[tuple[int, int, bool], tuple[Total, ...]] = field(default_factory=dict)
    _years: dict[int, Sums] = field(default_factory=dict)

    def before(self, ordinal: int) -> Total:
        """What all changes of the clocks before the date of this ordinal come to."""
        year, rule_from = date.fromordinal(ordinal).year, self._changes.rule_from
        found = self._listed.before(ordinal)
        if year > rule_from:
            found = found.plus(self._of_year(rule_from).until[-1], year - rule_from)
        return found.plus(self._of_year(year).before(ordinal)) if year >= rule_from else found

    @cached_property
    def _changes(self) -> ZoneChanges:
        return changes_of(self.weekly.zone)

    @cached_property
    def _listed(self) -> Sums:
        return self._differences(self._changes.listed)

    def _of_year(self, year: int) -> Sums:
        if year not in self._years:
            self._years[year] = self._differences(changes_of_year(self.weekly.zone, year))
        return self._years[year]

    def _differences(self, changes: Iterable[Change]) -> Sums:
        found: dict[int, Total] = {}
        for change in changes:
            for ordinal, total in zip(change.days, self._shape(change), strict=True):
                found[ordinal] = found.get(ordinal, NOTHING).plus(total)
        return sums_of(found)

    def _shape(self, change: Change) -> tuple[Total, ...]:
        """What a change does to the dates it touches: the same for all that fall on one time of the week."""
        shape = change.low % _WEEK, change.high - change.low, change.skips
        if shape not in self._shapes:
            days = [date.fromordinal(ordinal) for ordinal in change.days]
            if not any(self._may_touch(change, day) for day in days):
                self._shapes[shape] = (NOTHING,) * len(days)
                return self._shapes[shape]
            self._shapes[shape] = tuple(
                minus(open_on(self.weekly, day), of_hours(self.weekly.week[day.weekday()])) for day in days
            )
        return self._shapes[shape]

    def _may_touch(self, change: Change, day: date) -> bool:
        midnight = (day.toordinal() - 1) * _DAY
        hours = self.weekly.week[day.weekday()]
        return any(midnight + a * 60 <= change.high and change.low <= midnight + b * 60 for a, b in hours)


def open_on(calendar: Calendar, day: date) -> Total:
    """What is open on a local date."""
    spans = spans_of(calendar, day)
    return Total(sum(int((end - start).total_seconds()) for start, end in spans), int(bool(spans)))


def of_hours(hours: DayHours) -> Total:
    """What hours of a day come to where the clocks do not change."""
    return Total(sum(closing - opening for opening, closing in hours) * 60, int(bool(hours)))


def minus(one: Total, other: Total) -> Total:
    """The difference of the two."""
    return Total(one.seconds - other.seconds, one.dates - other.dates)
