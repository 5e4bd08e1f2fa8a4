"""When the demo's domain time begins: in the hours of its dealership, so that there is work to see."""

from datetime import datetime, timedelta
from typing import Final

from handoff_local.demo.stories import read_demo
from shared.calendar.business_time import next_opening
from shared.calendar.open_intervals import local_date, spans_of
from shared.calendar.opening_hours import Calendar

_AFTER_OPENING: Final = timedelta(minutes=90)
_BEFORE_CLOSING: Final = timedelta(minutes=45)
_LEAST_DAY: Final = timedelta(hours=6)
"""Shorter days, as Saturdays, do not show much."""


def demo_hours(at: datetime) -> datetime | None:
    """`business_start` by the hours of the demo's dealership."""
    return business_start(read_demo().calendar(at), at)


def business_start(calendar: Calendar, at: datetime) -> datetime | None:
    """The first instant from `at` on at which a working day is well under way; None where that is `at` itself.

    That is 90 minutes after its opening until 45 minutes before the end of each of its halves.
    """
    if _is_under_way(calendar, at):
        return None
    moment = at
    while True:
        opens = next_opening(calendar, moment)
        spans = spans_of(calendar, local_date(calendar, opens))
        begins = spans[0][0] + _AFTER_OPENING
        if _is_full_day(spans) and begins >= at:
            return begins
        later = [begin for begin, end in spans[1:] if begin >= at and _is_full_day(spans)]
        if later:
            return later[0]
        moment = spans[-1][1]


def _is_under_way(calendar: Calendar, at: datetime) -> bool:
    spans = spans_of(calendar, local_date(calendar, at))
    if not _is_full_day(spans) or at < spans[0][0] + _AFTER_OPENING:
        return False
    return any(begin <= at <= end - _BEFORE_CLOSING for begin, end in spans)


def _is_full_day(spans: tuple[tuple[datetime, datetime], ...]) -> bool:
    return sum((end - begin for begin, end in spans), timedelta()) >= _LEAST_DAY
