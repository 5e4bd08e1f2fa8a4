"""Local opening hours as the contract writes them, `[["09:00", "18:00"]]`, and what is wrong with them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from shared.calendar.durations import DurationError, parse_clock_time
from shared.calendar.opening_hours import WEEKDAYS, DayHours, Interval
from shared.json_pointer import json_pointer

Path = tuple[str | int, ...]
_MIDNIGHT = 1440


class CalendarError(ValueError):
    """A calendar nobody can keep: `path` leads to the part at fault, `detail` says what is wrong with it."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{detail} (at {json_pointer(path) or 'the calendar itself'})")
        self.path = path
        self.detail = detail

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer within the calendar (RFC 6901)."""
        return json_pointer(self.path)


def parse_week(document: object, path: Path = ()) -> tuple[DayHours, ...]:
    """Hours of Monday to Sunday of `{"mon": [["09:00", "18:00"]], …}`; a day that is not there is closed.

    Raises CalendarError.
    """
    given = record(document, path, set(WEEKDAYS))
    week: list[list[tuple[Interval, Path]]] = [[] for _ in WEEKDAYS]
    for index, day in enumerate(WEEKDAYS):
        for evening, morning, where in read_day(given.get(day, []), (*path, day)):
            week[index].append((evening, where))
            if morning:
                week[(index + 1) % 7].append((morning, where))
    return tuple(in_order(hours) for hours in week)


def record(document: object, path: Path, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(document, Mapping):
        raise CalendarError(path, "must be an object")
    for key in document:
        if key not in known:
            raise CalendarError((*path, str(key)), "unknown field")
    return document


def listed(document: object, path: Path) -> Sequence[object]:
    if not isinstance(document, list | tuple):
        raise CalendarError(path, "must be a list")
    return document


def read_day(document: object, path: Path) -> list[tuple[Interval, Interval | None, Path]]:
    pairs = enumerate(listed(document, path))
    return [(*_read_interval(pair, (*path, index)), (*path, index)) for index, pair in pairs]


def _read_interval(document: object, path: Path) -> tuple[Interval, Interval | None]:
    """The part of an interval on its own day, and the part after midnight if there is one."""
    pair = listed(document, path)
    if len(pair) != 2:
        raise CalendarError(path, "must be an opening and a closing time")
    opening, closing = (_read_time(pair[side], (*path, side), end=side == 1) for side in (0, 1))
    if opening == closing:
        raise CalendarError(path, "opens and closes at the same time")
    if opening < closing:
        return (opening, closing), None
    return (opening, _MIDNIGHT), (0, closing) if closing else None


def _read_time(document: object, path: Path, *, end: bool) -> int:
    try:
        return parse_clock_time(document, end=end)
    except DurationError as error:
        raise CalendarError(path, str(error)) from error


def in_order(hours: list[tuple[Interval, Path]]) -> DayHours:
    """Sorted, adjacent intervals merged; overlapping ones are an error."""
    ordered = sorted(hours, key=lambda item: item[0])
    for (before, _), (after, path) in pairwise(ordered):
        if after[0] < before[1]:
            raise CalendarError(path, "overlaps another interval")
    return union([interval for interval, _ in ordered])


def union(hours: list[Interval]) -> DayHours:
    merged: list[Interval] = []
    for opening, closing in sorted(hours):
        if merged and opening <= merged[-1][1]:
            opening, last = merged.pop()
            closing = max(closing, last)
        merged.append((opening, closing))
    return tuple(merged)
