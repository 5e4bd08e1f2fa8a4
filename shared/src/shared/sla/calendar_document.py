"""Reads and writes a calendar as the contract's JSON, and says exactly what is wrong with one."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from shared.sla.calendar import WEEKDAYS, Calendar, DayHours, Interval
from shared.sla.durations import DurationError, format_clock_time, parse_clock_time
from shared.sla.holiday_dates import check_holiday_place

_NOT_PLACES = frozenset({"Factory", "localtime", "posixrules"})
_Path = tuple[str | int, ...]
_MIDNIGHT = 1440


class CalendarError(ValueError):
    """A calendar nobody can keep: `path` leads to the part at fault, `detail` says what is wrong with it."""

    def __init__(self, path: _Path, detail: str) -> None:
        super().__init__(f"{detail} (at {json_pointer(path) or 'the calendar itself'})")
        self.path = path
        self.detail = detail

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer within the calendar (RFC 6901)."""
        return json_pointer(self.path)


class ZoneError(CalendarError):
    """The zone is missing or not one of the IANA database; the path is empty."""


def json_pointer(path: _Path) -> str:
    """A JSON Pointer (RFC 6901) of these keys and indexes."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def load_zone(name: object) -> ZoneInfo:
    """The zone of an IANA name. Raises ZoneError: an empty zone is an error, never UTC."""
    if not isinstance(name, str) or not name:
        raise ZoneError((), "a time zone is required")
    if name not in _zones():
        raise ZoneError((), f"unknown time zone {name!r}")
    return ZoneInfo(name)


def parse_calendar(
    document: object,
    zone: object,
    *,
    name: str = "default",
    version: int = 1,
    effective_from: datetime | None = None,
) -> Calendar:
    """Read `{"week", "exceptions", "holidays"}` in an IANA zone.

    Hours past midnight are split there; the part after midnight of an exceptional night is added to the next date
    unless that date is itself closed. Accepted holidays close, save where an exception gives the date its own hours.
    Raises CalendarError at the first fault.
    """
    place = load_zone(zone)
    fields = _record(document, (), {"week", "exceptions", "holidays"})
    if "week" not in fields:
        raise CalendarError(("week",), "is required")
    week = parse_week(fields["week"], ("week",))
    exceptions = _read_exceptions(fields.get("exceptions"), week)
    for day in _read_accepted(fields.get("holidays")):
        exceptions.setdefault(day, ())
    return Calendar(place, week, exceptions, name, version, effective_from)


def parse_week(document: object, path: _Path = ()) -> tuple[DayHours, ...]:
    """Hours of Monday to Sunday of `{"mon": [["09:00", "18:00"]], …}`; a day that is not there is closed.

    Raises CalendarError.
    """
    given = _record(document, path, set(WEEKDAYS))
    week: list[list[tuple[Interval, _Path]]] = [[] for _ in WEEKDAYS]
    for index, day in enumerate(WEEKDAYS):
        for evening, morning, where in _read_day(given.get(day, []), (*path, day)):
            week[index].append((evening, where))
            if morning:
                week[(index + 1) % 7].append((morning, where))
    return tuple(_in_order(hours) for hours in week)


def calendar_document(calendar: Calendar) -> dict[str, Any]:
    """The calendar whole, as `read_calendar` takes it: for the snapshot of a timer."""
    began = calendar.effective_from
    return {
        "zone": calendar.zone.key,
        "name": calendar.name,
        "version": calendar.version,
        "effective_from": began.isoformat() if began else None,
        "week": {day: _texts(hours) for day, hours in zip(WEEKDAYS, calendar.week, strict=True)},
        "exceptions": {day.isoformat(): _texts(hours) for day, hours in sorted(calendar.exceptions.items())},
    }


def read_calendar(document: Mapping[str, Any]) -> Calendar:
    """The calendar of a snapshot."""
    began = document.get("effective_from")
    return parse_calendar(
        {"week": document["week"], "exceptions": document["exceptions"]},
        document["zone"],
        name=document["name"],
        version=document["version"],
        effective_from=datetime.fromisoformat(began) if began else None,
    )


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOT_PLACES


def _record(document: object, path: _Path, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(document, Mapping):
        raise CalendarError(path, "must be an object")
    for key in document:
        if key not in known:
            raise CalendarError((*path, str(key)), "unknown field")
    return document


def _list(document: object, path: _Path) -> Sequence[object]:
    if not isinstance(document, list | tuple):
        raise CalendarError(path, "must be a list")
    return document


def _read_day(document: object, path: _Path) -> list[tuple[Interval, Interval | None, _Path]]:
    pairs = enumerate(_list(document, path))
    return [(*_read_interval(pair, (*path, index)), (*path, index)) for index, pair in pairs]


def _read_interval(document: object, path: _Path) -> tuple[Interval, Interval | None]:
    """The part of an interval on its own day, and the part after midnight if there is one."""
    pair = _list(document, path)
    if len(pair) != 2:
        raise CalendarError(path, "must be an opening and a closing time")
    opening, closing = (_read_time(pair[side], (*path, side), end=side == 1) for side in (0, 1))
    if opening == closing:
        raise CalendarError(path, "opens and closes at the same time")
    if opening < closing:
        return (opening, closing), None
    return (opening, _MIDNIGHT), (0, closing) if closing else None


def _read_time(document: object, path: _Path, *, end: bool) -> int:
    try:
        return parse_clock_time(document, end=end)
    except DurationError as error:
        raise CalendarError(path, str(error)) from error


def _in_order(hours: list[tuple[Interval, _Path]]) -> DayHours:
    """Sorted, adjacent intervals merged; overlapping ones are an error."""
    ordered = sorted(hours, key=lambda item: item[0])
    for (before, _), (after, path) in pairwise(ordered):
        if after[0] < before[1]:
            raise CalendarError(path, "overlaps another interval")
    return _union([interval for interval, _ in ordered])


def _read_exceptions(document: object, week: tuple[DayHours, ...]) -> dict[date, DayHours]:
    if document is None:
        return {}
    if not isinstance(document, Mapping):
        raise CalendarError(("exceptions",), "must be an object")
    own: dict[date, list[tuple[Interval, _Path]]] = {}
    tails: dict[date, tuple[Interval, _Path]] = {}
    for key, value in document.items():
        path: _Path = ("exceptions", str(key))
        day = _read_date(key, path)
        own[day] = []
        for evening, morning, where in _read_day(value, path):
            own[day].append((evening, where))
            if morning:
                tails[date.fromordinal(day.toordinal() + 1)] = (morning, where)
    return _with_tails(own, tails, week)


def _with_tails(
    own: dict[date, list[tuple[Interval, _Path]]],
    tails: dict[date, tuple[Interval, _Path]],
    week: tuple[DayHours, ...],
) -> dict[date, DayHours]:
    for day, late in tails.items():
        if own.get(day):
            own[day].append(late)
    hours = {day: _in_order(found) for day, found in own.items()}
    for day, (tail, _) in tails.items():
        if day not in own:
            hours[day] = _union([*week[day.weekday()], tail])
    return hours


def _union(hours: list[Interval]) -> DayHours:
    merged: list[Interval] = []
    for opening, closing in sorted(hours):
        if merged and opening <= merged[-1][1]:
            opening, last = merged.pop()
            closing = max(closing, last)
        merged.append((opening, closing))
    return tuple(merged)


def _read_accepted(document: object) -> list[date]:
    if document is None:
        return []
    fields = _record(document, ("holidays",), {"country", "subdivision", "accepted"})
    fault = check_holiday_place(fields.get("country"), fields.get("subdivision"))
    if fault:
        raise CalendarError(("holidays", fault[0]), fault[1])
    path: _Path = ("holidays", "accepted")
    dates = _list(fields.get("accepted", []), path)
    return [_read_date(value, (*path, index)) for index, value in enumerate(dates)]


def _read_date(value: object, path: _Path) -> date:
    try:
        if isinstance(value, str) and len(value) == 10 and "1900" <= value < "3000":
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise CalendarError(path, f"{value!r} is not a date as YYYY-MM-DD")


def _texts(hours: DayHours) -> list[list[str]]:
    return [[format_clock_time(opening), format_clock_time(closing)] for opening, closing in hours]
