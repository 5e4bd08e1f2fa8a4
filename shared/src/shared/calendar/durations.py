"""ISO 8601 durations and the targets of clocks: open time, or a number of business days."""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache

from shared.faults import Wrong, WrongValue

CLOSING = "closing"
"""The local time of a business-day target that means the end of that day's opening hours."""

_FRACTION = r"(?:[.,]\d+(?=[HMS]$))?"
_ISO = re.compile(
    r"P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    rf"(?:T(?=.)(?:(?P<hours>\d+{_FRACTION})H)?(?:(?P<minutes>\d+{_FRACTION})M)?(?:(?P<seconds>\d+{_FRACTION})S)?)?",
    re.ASCII,
)
_CLOCK_TIME = re.compile(r"(\d\d):(\d\d)", re.ASCII)
_MOST_MONTHS = 1_200
_MOST_DAYS = 36_500
_MOST_SECONDS = _MOST_DAYS * 86_400
_DIGITS = 12
"""More digits than any number that is not too long has."""


class DurationError(WrongValue):
    """Not a duration or target we can use; `field` names the part of a `{days, by}`."""

    def __init__(self, wrong: Wrong, field: str | None = None) -> None:
        super().__init__(wrong)
        self.field = field


@dataclass(frozen=True, slots=True)
class Duration:
    """An ISO 8601 duration, its three kinds of unit kept apart: calendar months, calendar days, and time.

    A day is never 24 hours: days and months move a local date, `time` is counted in (open) seconds.
    """

    months: int = 0
    days: int = 0
    time: timedelta = timedelta(0)

    @property
    def is_time(self) -> bool:
        """Whether it is made of hours, minutes and seconds alone, so that a clock can count it."""
        return not self.months and not self.days

    def after(self, day: date) -> date:
        """The date this many months and days later; the end of a short month stands in for a missing day."""
        return shift_months(day, self.months) + timedelta(days=self.days)

    def before(self, day: date) -> date:
        """The date this many months and days earlier."""
        return shift_months(day, -self.months) - timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """The `days`-th later open date, at local time `by` (minutes after midnight; None: closing)."""

    days: int
    by: int | None = None


Target = Duration | BusinessDays


def shift_months(day: date, months: int) -> date:
    """`day` that many months later (or earlier), clamped to the end of the month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def parse_duration(text: object) -> Duration:
    """Read an ISO 8601 duration such as `PT15M`, `PT1.5H`, `PT0,5H`, `P14D`, `P6M`; nothing negative.

    Only its last part may have a fraction, and only hours, minutes and seconds; what is less than a second is left off.
    Its months, its days and its time are each at most a hundred years. Raises DurationError.
    """
    if not isinstance(text, str):
        raise DurationError(Wrong("not_a_duration", f"{text!r} is not an ISO 8601 duration"))
    return _read(text)


@lru_cache(4_096)
def _read(text: str) -> Duration:
    match = _ISO.fullmatch(text)
    if match is None:
        raise DurationError(Wrong("not_a_duration", f"{text!r} is not an ISO 8601 duration"))
    digits = {name: found or "0" for name, found in match.groupdict().items()}
    if any(len(found) > _DIGITS for found in digits.values()):
        raise DurationError(Wrong("duration_too_long", f"{text!r} is too long"))
    part = {name: Fraction(found.replace(",", ".")) for name, found in digits.items()}
    months, days = int(part["years"] * 12 + part["months"]), int(part["weeks"] * 7 + part["days"])
    seconds = int(part["hours"] * 3_600 + part["minutes"] * 60 + part["seconds"])
    if months > _MOST_MONTHS or days > _MOST_DAYS or seconds > _MOST_SECONDS:
        raise DurationError(Wrong("duration_too_long", f"{text!r} is too long: at most a hundred years"))
    return Duration(months, days, timedelta(seconds=seconds))


def format_duration(duration: Duration | timedelta) -> str:
    """The ISO 8601 text: `PT1H30M`, `P6M`, `PT0S`. Fractions of a second are dropped."""
    value = Duration(time=duration) if isinstance(duration, timedelta) else duration
    minutes, seconds = divmod(int(value.time.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days = "".join(f"{n}{unit}" for n, unit in ((value.months, "M"), (value.days, "D")) if n)
    time = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    if not days and not time:
        return "PT0S"
    return f"P{days}" + (f"T{time}" if time else "")


def parse_clock_time(text: object, *, end: bool = False) -> int:
    """Minutes after midnight of a local `HH:MM`; `24:00` only where `end` allows it. Raises DurationError."""
    match = _CLOCK_TIME.fullmatch(text) if isinstance(text, str) else None
    minutes = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else None
    if minutes is None or minutes > 1440 or (minutes == 1440 and not end):
        raise DurationError(Wrong("not_a_time_of_day", f"{text!r} is not a time of day as HH:MM"))
    return minutes


def format_clock_time(minutes: int) -> str:
    """`HH:MM` of so many minutes after midnight; 1440 is `24:00`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def parse_target(value: object) -> Target:
    """Read a duration or `{"days": n, "by": "HH:MM" | "closing"}` (`by` absent: closing). Raises DurationError."""
    if not isinstance(value, Mapping):
        return parse_duration(value)
    unknown = sorted(set(value) - {"days", "by"})
    if unknown:
        raise DurationError(Wrong("unknown_field", "unknown field"), str(unknown[0]))
    days, by = value.get("days"), value.get("by", CLOSING)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 366:
        raise DurationError(Wrong("not_business_days", "must be a whole number of business days, 1 to 366"), "days")
    try:
        return BusinessDays(days, None if by == CLOSING else parse_clock_time(by, end=True))
    except DurationError as error:
        raise DurationError(error.wrong, "by") from error


def format_target(target: Target) -> str | dict[str, object]:
    """What `parse_target` reads."""
    if isinstance(target, Duration):
        return format_duration(target)
    return {"days": target.days, "by": CLOSING if target.by is None else format_clock_time(target.by)}
