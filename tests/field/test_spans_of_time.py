"""No span of time costs more than another: what is far apart is counted, and as a walk along the days counts it."""

import sys
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "sla"))

from sla_builders import ZONES, calendars, office

from shared.calendar.business_days import open_days_after, open_days_between
from shared.calendar.business_time import CalendarExhausted, add, biz, is_open
from shared.calendar.document import parse_calendar
from shared.calendar.open_intervals import local_date, spans_between, spans_of
from shared.calendar.opening_hours import ALL_DAY, Calendar
from shared.calendar.zone_changes import changes_of, changes_of_year

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
WORKED_OUT_AT_MOST = 60
"""Dates whose opening hours one question may look at: those around its ends, the exceptions, one year's changes."""

FAR = [
    (datetime(26, 11, 20, 10, tzinfo=UTC), datetime(2026, 11, 20, 10, tzinfo=UTC)),
    (datetime(1, 2, 3, tzinfo=UTC), datetime(9999, 11, 30, tzinfo=UTC)),
    (datetime(1883, 11, 18, tzinfo=UTC), datetime(2300, 7, 1, tzinfo=UTC)),
    (datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2970, 1, 1, tzinfo=UTC)),
    (datetime(2026, 1, 1, tzinfo=UTC), datetime(3026, 1, 1, tzinfo=UTC)),
]


def walked(calendar: Calendar, x: datetime, y: datetime) -> timedelta:
    spans = spans_between(calendar, x, y)
    return sum((min(end, y) - max(start, x) for start, end in spans), timedelta(0))


def walked_dates(calendar: Calendar, x: datetime, y: datetime) -> int:
    first, last = local_date(calendar, x), local_date(calendar, y)
    return sum(bool(spans_of(calendar, first + n * DAY)) for n in range(1, (last - first).days + 1))


def instants(first: int = 1890, last: int = 2110) -> st.SearchStrategy[datetime]:
    low, high = datetime(first, 1, 1, tzinfo=UTC), datetime(last, 1, 1, tzinfo=UTC)
    return st.integers(0, int((high - low).total_seconds())).map(lambda n: low + timedelta(seconds=n))


@pytest.mark.parametrize("zone", ["Europe/Lisbon", "America/New_York", "Africa/Casablanca", "Asia/Kolkata", "UTC"])
@pytest.mark.parametrize(("x", "y"), FAR)
def test_a_long_span_looks_at_no_more_days_than_a_short_one(zone: str, x: datetime, y: datetime) -> None:
    calendar = office(zone, exceptions={"2026-12-25": [], "2031-04-06": [["10:00", "12:00"]]})
    total = biz(calendar, x, y)
    assert timedelta(0) < total < (y - x) * 40 / 168 + timedelta(weeks=2)
    open_days_between(calendar, x, y)
    assert len(calendar.known_days) < WORKED_OUT_AT_MOST


@pytest.mark.parametrize("years", [1, 10, 100, 1000])
@pytest.mark.parametrize("week", [{"wed": [["09:00", "10:00"]]}, {"sun": [["00:00", "24:00"]]}, {}])
def test_an_addition_beyond_the_horizon_ends_soon(years: int, week: dict[str, list[list[str]]]) -> None:
    calendar = parse_calendar({"week": week}, "Europe/Lisbon")
    with pytest.raises(CalendarExhausted):
        add(calendar, datetime(2026, 11, 20, tzinfo=UTC), timedelta(days=366 * years))
    assert len(calendar.known_days) < WORKED_OUT_AT_MOST


@pytest.mark.parametrize("year", [26, 1026, 1800, 2026, 3026, 9026])
def test_an_addition_costs_the_same_in_any_year(year: int) -> None:
    calendar = office("America/St_Johns")
    x = datetime(year, 3, 3, 12, tzinfo=UTC)
    due = add(calendar, x, timedelta(hours=1500))
    assert biz(calendar, x, due) == timedelta(hours=1500)
    assert len(calendar.known_days) < WORKED_OUT_AT_MOST


@pytest.mark.parametrize("at", [datetime(1, 1, 1, 12, tzinfo=UTC), datetime(9999, 12, 31, 12, tzinfo=UTC)])
def test_where_years_end_is_refused(at: datetime) -> None:
    with pytest.raises(ValueError, match="so far"):
        biz(office("UTC"), at, at)


@settings(max_examples=60, deadline=None)
@given(calendars(), instants(), st.integers(0, 500))
def test_what_is_counted_is_what_is_walked(calendar: Calendar, x: datetime, days: int) -> None:
    y = x + days * DAY + timedelta(seconds=days * 977)
    assert biz(calendar, x, y) == walked(calendar, x, y)
    assert open_days_between(calendar, x, y) == walked_dates(calendar, x, y)


@settings(max_examples=15, deadline=None)
@given(calendars(), instants(1960, 2040), st.integers(1, 40))
def test_decades_are_counted_as_they_are_walked(calendar: Calendar, x: datetime, years: int) -> None:
    y = x + years * 365 * DAY
    assert biz(calendar, x, y) == walked(calendar, x, y)


@settings(max_examples=60, deadline=None)
@given(calendars(), instants(), st.integers(1, 400 * 3600))
def test_what_is_added_is_what_lies_between(calendar: Calendar, x: datetime, seconds: int) -> None:
    n = timedelta(seconds=seconds)
    try:
        due = add(calendar, x, n)
    except CalendarExhausted:
        assert walked(calendar, x, x + 400 * DAY) < n
        return
    assert walked(calendar, x, due) == n
    assert is_open(calendar, due - SECOND / 2)
    assert due <= x + 400 * DAY


@settings(max_examples=60, deadline=None)
@given(calendars(), instants(), st.integers(1, 60))
def test_the_nth_open_date_is_found(calendar: Calendar, x: datetime, n: int) -> None:
    day = open_days_after(calendar, x, n)
    first = local_date(calendar, x)
    opened = [one for one in (first + m * DAY for m in range(1, (day - first).days + 1)) if spans_of(calendar, one)]
    assert (len(opened), opened[-1]) == (n, day)


@pytest.mark.parametrize("zone", [*ZONES, "Pacific/Apia", "America/Sao_Paulo", "Asia/Tehran", "Antarctica/Troll"])
def test_around_the_clock_every_change_is_counted(zone: str) -> None:
    """But for one exception, which is what keeps the calendar from being always open."""
    calendar = Calendar(ZoneInfo(zone), (ALL_DAY,) * 7, {date(1901, 1, 1): ()})
    years = [datetime(year, 1, 15, tzinfo=UTC) for year in range(1950, 2060, 10)]
    for x, y in pairwise(years):
        assert biz(calendar, x, y) == walked(calendar, x, y)


@pytest.mark.parametrize("zone", ZONES)
def test_the_yearly_rule_goes_on_where_the_list_ends(zone: str) -> None:
    changes = changes_of(ZoneInfo(zone))
    for year in range(changes.rule_from, changes.rule_from + 12):
        shapes = [
            {(one.low % (7 * 86_400), one.high - one.low, one.skips) for one in changes_of_year(ZoneInfo(zone), each)}
            for each in (year, year + 1)
        ]
        assert shapes[0] == shapes[1]
