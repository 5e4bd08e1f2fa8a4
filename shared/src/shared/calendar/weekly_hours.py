"""Local opening hours as the contract writes them, `[["09:00", "18:00"]]`, and what is wrong with them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from shared.calendar.durations import DurationError, parse_clock_time
from shared.calendar.opening_hours import WEEKDAYS, DayHours, Interval
from shared.faults import FaultCode, Unknown, Values, Wrong, WrongValue
from shared.json_pointer import json_pointer

Path = tuple[str | int, ...]


class CalendarError(WrongValue):
    """A calendar nobody can keep: `path` leads to the part at fault."""

    def __init__(
        self, path: Path, code: FaultCode, detail: str, values: Values = (), unknown: Unknown | None = None
    ) -> None:
        super().__init__(Wrong(code, detail, values, unknown))
        self.path = path

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer within the calendar (RFC 6901)."""
        return json_pointer(self.path)

    def __str__(self) -> str:
        """What is wrong, and where."""
        return f"{self.wrong.detail} (at {self.pointer or 'the calendar itself'})"


def parse_week(document: object, path: Path = ()) -> tuple[DayHours, ...]:
    """Hours of Monday to Sunday of `{"mon": [["09:00", "18:00"]], …}`; a day that is not there is closed.

    Raises CalendarError.
    """
    given = record(document, path, set(WEEKDAYS))
    return tuple(read_day(given.get(day, []), (*path, day)) for day in WEEKDAYS)


def record(document: object, path: Path, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(document, Mapping):
        raise CalendarError(path, "malformed", "must be an object")
    for key in document:
        if key not in known:
            names = Unknown.of(key, sorted(known))
            raise CalendarError((*path, str(key)), "unknown_field", "unknown field", unknown=names)
    return document


def listed(document: object, path: Path) -> Sequence[object]:
    if not isinstance(document, list | tuple):
        raise CalendarError(path, "malformed", "must be a list")
    return document


def read_day(document: object, path: Path) -> DayHours:
    """The hours of a day in order, adjacent ones merged. Raises CalendarError."""
    pairs = enumerate(listed(document, path))
    return _in_order([(_read_interval(pair, (*path, index)), (*path, index)) for index, pair in pairs])


def _read_interval(document: object, path: Path) -> Interval:
    pair = listed(document, path)
    if len(pair) != 2:
        raise CalendarError(path, "not_an_interval", "must be an opening and a closing time")
    opening, closing = (_read_time(pair[side], (*path, side), end=side == 1) for side in (0, 1))
    if opening == closing:
        raise CalendarError(path, "empty_interval", "opens and closes at the same time")
    if closing < opening:
        raise CalendarError(
            path,
            "closes_before_opening",
            "closes before it opens; split hours past midnight at 24:00, the rest on the next day",
        )
    return opening, closing


def _read_time(document: object, path: Path, *, end: bool) -> int:
    try:
        return parse_clock_time(document, end=end)
    except DurationError as error:
        raise CalendarError(path, *error.wrong) from error


def _in_order(hours: list[tuple[Interval, Path]]) -> DayHours:
    """Sorted, adjacent intervals merged; overlapping ones are an error."""
    ordered = sorted(hours, key=lambda item: item[0])
    for (before, _), (after, path) in pairwise(ordered):
        if after[0] < before[1]:
            raise CalendarError(path, "overlapping", "overlaps another interval")
    return union([interval for interval, _ in ordered])


def union(hours: list[Interval]) -> DayHours:
    merged: list[Interval] = []
    for opening, closing in sorted(hours):
        if merged and opening <= merged[-1][1]:
            opening, last = merged.pop()
            closing = max(closing, last)
        merged.append((opening, closing))
    return tuple(merged)
