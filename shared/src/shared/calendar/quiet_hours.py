"""Quiet hours of a recipient and the window marketing keeps to: local time in the recipient's zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.calendar.business_time import CalendarExhausted, next_opening
from shared.calendar.durations import DurationError, format_clock_time, parse_clock_time
from shared.calendar.open_intervals import closing_instant, opening_instant
from shared.calendar.opening_hours import WEEKDAYS, Calendar, Interval
from shared.calendar.weekly_hours import CalendarError, Path, listed, record, union
from shared.faults import Unknown

EVERY_DAY = frozenset(range(7))
_DAY = timedelta(days=1)
_WEEK = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Window:
    """Local half-open [start, end) in minutes after midnight, on the weekdays (0 Monday) it *starts*.

    An end at or before the start is on the next day.
    """

    start: int
    end: int
    days: frozenset[int] = EVERY_DAY


DEFAULT_MARKETING = Window(9 * 60, 20 * 60)
"""When marketing may arrive where the dealer says nothing: 09:00 to 20:00, the recipient's time."""


def parse_windows(document: object) -> tuple[Window, ...]:
    """Read `[{"days": ["mon", …], "from": "21:00", "to": "08:00"}]`; no days: every day; no windows: never quiet.

    Raises CalendarError, also where quiet would never end.
    """
    if document is None:
        return ()
    windows = tuple(_read_window(item, (index,)) for index, item in enumerate(listed(document, ())))
    if windows and _never_ends(windows):
        raise CalendarError((), "always_quiet", "quiet hours must end some time in the week")
    return windows


def parse_marketing_window(document: object) -> Window:
    """Read the dealer's `{days, from, to}`; what is not there has its default. Raises CalendarError."""
    if document is None:
        return DEFAULT_MARKETING
    fields = {"from": format_clock_time(DEFAULT_MARKETING.start), "to": format_clock_time(DEFAULT_MARKETING.end)}
    return _read_window({**fields, **record(document, (), {"days", "from", "to"})}, ())


def quiet_until(windows: Sequence[Window], zone: ZoneInfo, at: datetime) -> datetime | None:
    """When the quiet that holds at `at` ends; None when it is not quiet.

    Windows that meet are one quiet. The end is read with the offset of its own date, not that of `at`.
    """
    at = at.astimezone(UTC)
    moment, limit = at, at + _WEEK
    while moment < limit:
        ends = [end for start, end in _spans(windows, zone, moment) if start <= moment < end]
        if not ends:
            return moment if moment > at else None
        moment = max(ends)
    return moment


def marketing_from(window: Window, zone: ZoneInfo, at: datetime) -> datetime:
    """The first instant at or after `at` inside the marketing window. Raises CalendarExhausted where it has no day."""
    return next_opening(_as_calendar((window,), zone), at)


def release_at(windows: Sequence[Window], zone: ZoneInfo, at: datetime, marketing: Window | None = None) -> datetime:
    """The first instant at or after `at` that is not quiet and, for marketing, inside its window.

    Raises CalendarExhausted where there is none.
    """
    moment, limit = at.astimezone(UTC), at + _WEEK
    while moment <= limit:
        allowed = moment if marketing is None else marketing_from(marketing, zone, moment)
        quiet = quiet_until(windows, zone, allowed)
        if quiet is None:
            return allowed
        moment = quiet
    raise CalendarExhausted("the marketing window lies within the quiet hours")


def _spans(windows: Sequence[Window], zone: ZoneInfo, at: datetime) -> list[tuple[datetime, datetime]]:
    """The windows near `at`, as instants: those that start on its local date or the day before."""
    today = at.astimezone(zone).date()
    found = []
    for day in (today - _DAY, today):
        for window in windows:
            if day.weekday() in window.days:
                ends_on = day if window.end > window.start else day + _DAY
                found.append((opening_instant(zone, day, window.start), closing_instant(zone, ends_on, window.end)))
    return found


def _read_window(document: object, path: Path) -> Window:
    fields = record(document, path, {"days", "from", "to"})
    start = _read_time(fields.get("from"), (*path, "from"), end=False)
    end = _read_time(fields.get("to"), (*path, "to"), end=True)
    if start == end:
        raise CalendarError(path, "empty_interval", "from and to are the same")
    return Window(start, end, _read_days(fields.get("days"), (*path, "days")))


def _read_days(document: Any, path: Path) -> frozenset[int]:
    if document is None:
        return EVERY_DAY
    for index, day in enumerate(listed(document, path)):
        if day not in WEEKDAYS:
            words = f"{day!r} is not one of {', '.join(WEEKDAYS)}"
            raise CalendarError((*path, index), "unknown_id", words, unknown=Unknown.of(day, WEEKDAYS))
    return frozenset(WEEKDAYS.index(day) for day in document)


def _read_time(value: object, path: Path, *, end: bool) -> int:
    try:
        return parse_clock_time(value, end=end)
    except DurationError as error:
        raise CalendarError(path, *error.wrong) from error


def _never_ends(windows: Sequence[Window]) -> bool:
    return all(hours == ((0, 1440),) for hours in _week(windows))


def _as_calendar(windows: Sequence[Window], zone: ZoneInfo) -> Calendar:
    return Calendar(zone, _week(windows))


def _week(windows: Sequence[Window]) -> tuple[tuple[Interval, ...], ...]:
    week: list[list[Interval]] = [[] for _ in WEEKDAYS]
    for window in windows:
        for day in window.days:
            if window.start < window.end:
                week[day].append((window.start, window.end))
                continue
            week[day].append((window.start, 1440))
            if window.end:
                week[(day + 1) % 7].append((0, window.end))
    return tuple(union(hours) for hours in week)
