"""How all-day events recur (RFC 5545, 3.3.10): which dates a rule names, found by looking at each date once. Pure."""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

_FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_PARTS: Final = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "WKST"})
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY: Final = timedelta(days=1)


UNSUPPORTED: Final = {
    "cancelled": "It is cancelled.",
    "time_of_day": "It is not an all-day event.",
    "length": "It takes no day, or more than a year.",
    "part_of_day": "It does not take whole days.",
    "later_days": "It changes all later days of a series.",
    "several_rules": "It recurs by several rules.",
    "rule": "It recurs by a rule that is not understood.",
    "value": "It has a value that cannot be read.",
}
"""Why an event is not understood, by code."""


class Unsupported(ValueError):
    """An event that is not understood: `code`, and why as the message."""

    def __init__(self, code: str) -> None:
        super().__init__(UNSUPPORTED[code])
        self.code = code


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule with its exceptions. `weekdays` are pairs of a number (0: every one) and a weekday from Monday, 0."""

    frequency: str = "YEARLY"
    interval: int = 1
    count: int | None = None
    until: date | None = None
    months: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    weekdays: frozenset[tuple[int, int]] = frozenset()
    left_out: frozenset[date] = frozenset()
    added: frozenset[date] = frozenset()
    repeats: bool = True

    def cost(self, begins: date, first: date, last: date) -> int:
        """How many dates are looked at between `first` and `last`."""
        return max((last - self._from(begins, first)).days + 1, 1) if self.repeats else 1

    def dates(self, begins: date, first: date, last: date) -> Iterator[date]:
        """The dates on which the event begins, from `first` to `last`; the first of all is `begins`."""
        yield from (day for day in sorted(self.added - self.left_out) if first <= day <= last)
        seen, day = 0, self._from(begins, first)
        if not self.repeats:
            day = begins
        while day <= min(last, self.until or last):
            if day == begins or (self.repeats and self._names(begins, day)):
                seen += 1
                if self.count is not None and seen > self.count:
                    return
                if first <= day and day not in self.left_out and day not in self.added:
                    yield day
            if day == date.max or not self.repeats:
                return
            day += _DAY

    def _from(self, begins: date, first: date) -> date:
        """Where the look begins: with a count every date from the beginning on is counted."""
        return begins if self.count is not None else max(begins, first)

    def _names(self, begins: date, day: date) -> bool:
        return self._in_turn(begins, day) and self._in_month(begins, day) and self._on_day(begins, day)

    def _in_turn(self, begins: date, day: date) -> bool:
        if self.frequency == "DAILY":
            passed = (day - begins).days
        elif self.frequency == "WEEKLY":
            passed = (_monday(day) - _monday(begins)).days // 7
        elif self.frequency == "MONTHLY":
            passed = (day.year - begins.year) * 12 + day.month - begins.month
        else:
            passed = day.year - begins.year
        return passed % self.interval == 0

    def _in_month(self, begins: date, day: date) -> bool:
        if self.months:
            return day.month in self.months
        open_year = self.frequency != "YEARLY" or self.month_days or self.weekdays
        return bool(open_year) or day.month == begins.month

    def _on_day(self, begins: date, day: date) -> bool:
        if self.month_days:
            length = monthrange(day.year, day.month)[1]
            if not {day.day, day.day - length - 1} & self.month_days:
                return False
        if self.weekdays:
            return any(self._is_weekday(day, number, weekday) for number, weekday in self.weekdays)
        if self.month_days or self.frequency == "DAILY":
            return True
        return day.weekday() == begins.weekday() if self.frequency == "WEEKLY" else day.day == begins.day

    def _is_weekday(self, day: date, number: int, weekday: int) -> bool:
        """Whether a date is such a weekday: the n-th of its month, of its year where a yearly rule names no month."""
        if day.weekday() != weekday:
            return False
        if number == 0 or self.frequency in ("DAILY", "WEEKLY"):
            return number == 0
        if self.frequency == "YEARLY" and not self.months:
            at, length = day.timetuple().tm_yday, date(day.year, 12, 31).timetuple().tm_yday
        else:
            at, length = day.day, monthrange(day.year, day.month)[1]
        return number == ((at - 1) // 7 + 1 if number > 0 else -((length - at) // 7 + 1))


def read_recurrence(event: Any) -> Recurrence | None:
    """How an event recurs; None: it does not. Raises Unsupported for a rule that is not understood."""
    added, left_out = _dates(event.get("RDATE")), _dates(event.get("EXDATE"))
    rule = event.get("RRULE")
    if rule is None:
        return Recurrence(added=added, left_out=left_out, repeats=False) if added or left_out else None
    if not isinstance(rule, Mapping):
        raise Unsupported("several_rules")
    unknown = {str(part).upper() for part in rule} - _PARTS
    frequency = str(_first(rule, "FREQ")).upper()
    if unknown or frequency not in _FREQUENCIES:
        raise Unsupported("rule")
    return Recurrence(
        frequency=frequency,
        interval=_number(rule, "INTERVAL", 1) or 1,
        count=_number(rule, "COUNT", None),
        until=_date(_first(rule, "UNTIL")),
        months=frozenset(_numbers(rule, "BYMONTH", range(1, 13))),
        month_days=frozenset(_numbers(rule, "BYMONTHDAY", range(-31, 32))),
        weekdays=frozenset(_weekday(one) for one in _several(rule, "BYDAY")),
        left_out=left_out,
        added=added,
    )


def _several(rule: Mapping[str, Any], part: str) -> list[Any]:
    value = rule.get(part)
    return [] if value is None else value if isinstance(value, list) else [value]


def _first(rule: Mapping[str, Any], part: str) -> Any:
    return next(iter(_several(rule, part)), None)


def _number(rule: Mapping[str, Any], part: str, default: int | None) -> int | None:
    value = _first(rule, part)
    if value is None:
        return default
    if not isinstance(value, int) or not 1 <= value <= 10_000:
        raise Unsupported("rule")
    return int(value)


def _numbers(rule: Mapping[str, Any], part: str, allowed: range) -> Iterator[int]:
    for value in _several(rule, part):
        if not isinstance(value, int) or value not in allowed or value == 0:
            raise Unsupported("rule")
        yield int(value)


def _weekday(value: Any) -> tuple[int, int]:
    """The pair of `2MO`, `-1FR`, `TU`."""
    text = str(value).upper()
    number, name = text[:-2].removeprefix("+"), text[-2:]
    digits = number.removeprefix("-")
    if name not in _WEEKDAYS or not (number == "" or (digits.isdecimal() and 1 <= int(digits) <= 53)):
        raise Unsupported("rule")
    return int(number or 0), _WEEKDAYS.index(name)


def _dates(given: Any) -> frozenset[date]:
    """The dates of one or several properties of dates; instants are left out."""
    lists = given if isinstance(given, list) else [given] if given is not None else []
    found = (_date(getattr(one, "dt", None)) for some in lists for one in getattr(some, "dts", ()))
    return frozenset(day for day in found if day is not None)


def _date(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else value if isinstance(value, date) else None


def _monday(day: date) -> date:
    return date.fromordinal(max(day.toordinal() - day.weekday(), 1))
