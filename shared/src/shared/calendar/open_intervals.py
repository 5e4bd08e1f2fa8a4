"""Local opening hours as instants: what clock changes do to a day (SLA rules, business time)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.calendar.opening_hours import Calendar, Span
from shared.calendar.weekly_hours import union
from shared.calendar.zone_changes import change_between

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


def local_date(calendar: Calendar, at: datetime) -> date:
    """The date a clock on the wall shows at `at`."""
    return at.astimezone(calendar.zone).date()


def opening_instant(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    """When `minutes` after local midnight of `day` *opens* something: a repeated time is its first occurrence.

    A time the clocks skip is the instant of the change.
    """
    local = _local(day, minutes)
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return first if first <= second else change_between(zone, second, first)


def closing_instant(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    """When it *closes* something: a repeated time is its last occurrence, but the first repeated minute its first."""
    local = _local(day, minutes)
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first > second:
        return change_between(zone, second, first)
    if first < second and _offset(zone, second - _SECOND) != _offset(zone, second):
        return first
    return second


def spans_of(calendar: Calendar, day: date) -> tuple[Span, ...]:
    """The open spans that begin on a local date, in order, disjoint, adjacent ones of the day merged.

    What a day shares with the day before (a midnight that clocks repeat) belongs to the day before.
    """
    known = calendar.known_days.get(day)
    if known is None:
        known = calendar.known_days[day] = _work_out(calendar, day)
    return known


def spans_between(calendar: Calendar, low: datetime, high: datetime) -> Iterator[Span]:
    """The open spans that end after `low` and begin before `high`, in order, not cut off at either."""
    day, last = local_date(calendar, low) - _DAY, local_date(calendar, high)
    while day <= last:
        for span in spans_of(calendar, day):
            if span[1] > low and span[0] < high:
                yield span
        day += _DAY


def _work_out(calendar: Calendar, day: date) -> tuple[Span, ...]:
    offset = offset_around(calendar.zone, day)
    if offset is None:
        return _near_a_change(calendar, day)
    start = datetime.combine(day, time(), UTC) - offset
    return tuple((start + a * _MINUTE, start + b * _MINUTE) for a, b in union(list(calendar.hours(day))))


def offset_around(zone: ZoneInfo, day: date) -> timedelta | None:
    """The offset of a zone on a date, the date before and the one after; None when the clocks change on any of them."""
    midnight = datetime.combine(day, time(), zone)
    offsets = [(midnight + days * _DAY).utcoffset() for days in (-1, 0, 1, 2)]
    return offsets[0] if offsets.count(offsets[0]) == len(offsets) else None


def _near_a_change(calendar: Calendar, day: date) -> tuple[Span, ...]:
    floor = max((end for _, end in _raw(calendar, day - _DAY)), default=datetime.min.replace(tzinfo=UTC))
    merged: list[Span] = []
    for start, end in _raw(calendar, day):
        start = max(start, floor)
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _raw(calendar: Calendar, day: date) -> list[Span]:
    zone = calendar.zone
    spans = [(opening_instant(zone, day, a), closing_instant(zone, day, b)) for a, b in calendar.hours(day)]
    return [span for span in spans if span[0] < span[1]]


def _local(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
