"""Reads and writes a calendar as the contract's JSON, and says exactly what is wrong with one."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from shared.calendar.durations import format_clock_time
from shared.calendar.holidays import check_holiday_place
from shared.calendar.opening_hours import WEEKDAYS, Calendar, DayHours
from shared.calendar.weekly_hours import CalendarError, Path, listed, parse_week, read_day, record
from shared.faults import Unknown

_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2200
_NOT_PLACES = frozenset({"Factory", "localtime", "posixrules"})


class ZoneError(CalendarError):
    """The zone is missing or not one of the IANA database; the path is empty."""


def load_zone(name: object) -> ZoneInfo:
    """The zone of an IANA name. Raises ZoneError: an empty zone is an error, never UTC."""
    if not isinstance(name, str) or not name:
        raise ZoneError((), "unknown_zone", "a time zone is required")
    if name not in _zones():
        raise ZoneError((), "unknown_zone", f"unknown time zone {name!r}", unknown=Unknown.of(name, sorted(_zones())))
    return ZoneInfo(name)


def parse_calendar(
    document: object,
    zone: object,
    *,
    name: str = "default",
    version: int = 1,
) -> Calendar:
    """Read `{"week", "exceptions", "holidays", "effective_from"}` in an IANA zone.

    Hours past midnight are split there by whoever writes them. Accepted holidays close, save where an exception gives
    the date its own hours. Raises CalendarError at the first fault.
    """
    place = load_zone(zone)
    fields = record(document, (), {"week", "exceptions", "holidays", "effective_from"})
    if "week" not in fields:
        raise CalendarError(("week",), "required", "is required")
    week = parse_week(fields["week"], ("week",))
    exceptions = _read_exceptions(fields.get("exceptions"))
    for day in _read_accepted(fields.get("holidays")):
        exceptions.setdefault(day, ())
    return Calendar(place, week, exceptions, name, version, read_effective_from(fields))


def read_effective_from(calendar: Mapping[str, Any]) -> datetime | None:
    """The instant from which a calendar's document counts; None: always. Raises CalendarError."""
    given = calendar.get("effective_from")
    if given is None:
        return None
    try:
        at = datetime.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise CalendarError(
            ("effective_from",), "not_an_instant", f"{given!r} is not an instant as RFC 3339 with its offset"
        )
    return at.astimezone(UTC)


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
    """The calendar of a snapshot; the same document is the same object, with the days it has worked out."""
    return _read_text(json.dumps(document, sort_keys=True))


@lru_cache(maxsize=512)
def _read_text(text: str) -> Calendar:
    document = json.loads(text)
    return parse_calendar(
        {name: document[name] for name in ("week", "exceptions", "effective_from")},
        document["zone"],
        name=document["name"],
        version=document["version"],
    )


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOT_PLACES


def _read_exceptions(document: object) -> dict[date, DayHours]:
    if document is None:
        return {}
    if not isinstance(document, Mapping):
        raise CalendarError(("exceptions",), "malformed", "must be an object")
    path: Path = ("exceptions",)
    return {_read_date(key, (*path, str(key))): read_day(value, (*path, str(key))) for key, value in document.items()}


def _read_accepted(document: object) -> list[date]:
    if document is None:
        return []
    fields = record(document, ("holidays",), {"country", "subdivision", "accepted"})
    found = check_holiday_place(fields.get("country"), fields.get("subdivision"))
    if found:
        field, wrong = found
        raise CalendarError(("holidays", field), *wrong)
    path: Path = ("holidays", "accepted")
    dates = listed(fields.get("accepted", []), path)
    return [_read_date(value, (*path, index)) for index, value in enumerate(dates)]


def _read_date(value: object, path: Path) -> date:
    try:
        if isinstance(value, str) and len(value) == 10 and "1900" <= value < "3000":
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise CalendarError(path, "not_a_date", f"{value!r} is not a date as YYYY-MM-DD")


def _texts(hours: DayHours) -> list[list[str]]:
    return [[format_clock_time(opening), format_clock_time(closing)] for opening, closing in hours]
