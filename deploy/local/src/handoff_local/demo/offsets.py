"""Times written as offsets from now, in the opening hours of the dealership.

`-41d 10:12` is 10:12 on the 41st open day before today, `+2d 15:00` on the second after it, `-95m` is 95 open minutes
ago. A time at which the dealership is closed is moved back into the hours of that day.
"""

import re
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from shared.calendar.open_intervals import local_date, spans_between, spans_of
from shared.calendar.opening_hours import Calendar

_DAY_AND_TIME: Final = re.compile(r"([+-]\d+)d(?: (\d\d):(\d\d))?")
_OPEN_MINUTES: Final = re.compile(r"-(\d+)m")
_MARK: Final = "@"
_LONGEST: Final = timedelta(days=60)
_MINUTE: Final = timedelta(minutes=1)


def resolve_time(offset: str, calendar: Calendar, now: datetime) -> datetime:
    """The instant of an offset. Raises ValueError for one that cannot be read."""
    if minutes := _OPEN_MINUTES.fullmatch(offset):
        return open_time_before(calendar, now, timedelta(minutes=int(minutes[1])))
    days = _DAY_AND_TIME.fullmatch(offset)
    if days is None or days[2] is None:
        raise ValueError(f"not an offset of a time: {offset!r}")
    day = open_day(calendar, local_date(calendar, now), int(days[1]))
    return _within_hours(calendar, day, time(int(days[2]), int(days[3])))


def resolve_record(value: Any, calendar: Calendar, now: datetime) -> Any:
    """A record with every `@offset` in it resolved: without a time to a date, with one to an instant."""
    if isinstance(value, dict):
        return {name: resolve_record(part, calendar, now) for name, part in value.items()}
    if isinstance(value, list):
        return [resolve_record(part, calendar, now) for part in value]
    if not isinstance(value, str) or not value.startswith(_MARK):
        return value
    offset = value.removeprefix(_MARK)
    days = _DAY_AND_TIME.fullmatch(offset)
    if days is not None and days[2] is None:
        return str(local_date(calendar, now) + timedelta(days=int(days[1])))
    return resolve_time(offset, calendar, now).isoformat()


def open_time_before(calendar: Calendar, now: datetime, length: timedelta) -> datetime:
    """The latest instant from which to `now` there is so much open time. Raises ValueError beyond 60 days."""
    for begin, end in reversed(list(spans_between(calendar, now - _LONGEST, now))):
        open_part = min(end, now) - begin
        if length <= open_part:
            return min(end, now) - length
        length -= open_part
    raise ValueError("the dealership was not open for so long in the last 60 days")


def open_day(calendar: Calendar, today: date, n: int) -> date:
    """The n-th open day after (or, below zero, before) `today`, whether or not today is one."""
    step = timedelta(days=1 if n > 0 else -1)
    day, left = today, abs(n)
    while left:
        day += step
        left -= bool(spans_of(calendar, day))
    return day


def _within_hours(calendar: Calendar, day: date, wanted: time) -> datetime:
    at = datetime.combine(day, wanted, calendar.zone)
    spans = spans_of(calendar, day)
    earlier = [span for span in spans if span[0] <= at]
    if not earlier:
        return spans[0][0] if spans else at
    return min(at, earlier[-1][1] - _MINUTE)
