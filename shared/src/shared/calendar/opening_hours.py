"""A dealer's opening hours as a value: zone, week, dated exceptions, version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from zoneinfo import ZoneInfo

Interval = tuple[int, int]
"""Local half-open [open, close) in minutes after midnight; close may be 1440 (24:00)."""

DayHours = tuple[Interval, ...]
Span = tuple[datetime, datetime]
"""Half-open [open, close) as UTC instants."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALL_DAY: DayHours = ((0, 1440),)
ALWAYS: None = None
"""In place of a calendar: physical time, open around the clock."""


@dataclass(frozen=True)
class Calendar:
    """When a place is open, by local time in `zone`; an exception of a date replaces its weekday's hours.

    Nothing crosses midnight: overnight hours are written as those of two days. `effective_from` None: always
    was. Equal calendars behave alike; what was worked out of them is kept inside and never compared.
    """

    zone: ZoneInfo
    week: tuple[DayHours, ...]
    exceptions: Mapping[date, DayHours] = field(default_factory=dict)
    name: str = "default"
    version: int = 1
    effective_from: datetime | None = None
    known_days: dict[date, tuple[Span, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    worked_out: dict[object, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "exceptions", MappingProxyType(dict(self.exceptions)))

    @cached_property
    def never_closes(self) -> bool:
        """Whether it is open around the clock, every day."""
        return not self.exceptions and all(hours == ALL_DAY for hours in self.week)

    def hours(self, day: date) -> DayHours:
        """The local opening hours of a date, in order."""
        found = self.exceptions.get(day)
        return self.week[day.weekday()] if found is None else found


def always_open(zone: ZoneInfo, name: str = "none") -> Calendar:
    """Open around the clock, with a zone so that days have a beginning and an end."""
    return Calendar(zone=zone, week=(ALL_DAY,) * 7, name=name)
