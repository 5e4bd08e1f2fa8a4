"""Business time in every zone of the database, at every clock change from 2020 to 2032."""

import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "sla"))

from timer_oracle import MINUTE, open_minutes

from shared.calendar.business_time import add, biz, is_open, next_opening
from shared.calendar.opening_hours import Calendar

pytestmark = pytest.mark.nightly

HOUR = timedelta(hours=1)
SEEN: set[tuple[object, ...]] = set()
WEEKS = (
    ((0, 1440),),
    ((0, 60), (90, 150), (1380, 1440)),
    ((9 * 60, 13 * 60), (14 * 60, 18 * 60)),
)


@cache
def changes(name: str) -> tuple[datetime, ...]:
    """Every instant from 2020 to 2032 at which the offset of a zone changes, to the minute."""
    zone = ZoneInfo(name)
    found = []
    low, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2033, 1, 1, tzinfo=UTC)
    while low < end:
        high = low + timedelta(days=1)
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            found.append(first_change(zone, low, high))
        low = high
    return tuple(found)


def first_change(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    before = low.astimezone(zone).utcoffset()
    while high - low > MINUTE:
        middle = low + (high - low) // 2
        middle = middle.replace(second=0, microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


@pytest.mark.parametrize("name", sorted(available_timezones() - {"Factory", "localtime"}))
def test_a_zone(name):
    for change in new_changes(name):
        for hours in WEEKS:
            calendar = Calendar(ZoneInfo(name), (hours,) * 7)
            check(calendar, change - 14 * HOUR, change + 14 * HOUR)


def new_changes(name: str) -> list[datetime]:
    """The changes of a zone that no zone before it had, with the same offsets on both sides."""
    zone, fresh = ZoneInfo(name), []
    for change in changes(name):
        shape = (change, *((change + side).astimezone(zone).utcoffset() for side in (-MINUTE, MINUTE)))
        if shape not in SEEN:
            SEEN.add(shape)
            fresh.append(change)
    return fresh


def check(calendar: Calendar, low: datetime, high: datetime) -> None:
    walked = open_minutes(calendar, low, high)
    assert biz(calendar, low, high) == len(walked) * MINUTE
    for at in (low + n * 131 * MINUTE for n in range(12)):
        assert is_open(calendar, at) == (at in walked)
        due = add(calendar, at, 100 * MINUTE)
        assert biz(calendar, at, due) == 100 * MINUTE
        assert is_open(calendar, due - timedelta(seconds=1))
        assert add(calendar, next_opening(calendar, at), 100 * MINUTE) == due
