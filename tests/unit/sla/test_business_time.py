"""Business time: laws, the clock changes of five zones, and an independent walk along the wall clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sla_builders import calendars, lengths, local, moments, office, utc
from timer_oracle import MINUTE, open_minutes

from shared.calendar.business_time import (
    CalendarExhausted,
    add,
    biz,
    is_open,
    next_closing,
    next_opening,
    open_within_horizon,
)
from shared.calendar.document import parse_calendar
from shared.calendar.opening_hours import ALWAYS, Calendar, always_open

HOUR = timedelta(hours=1)
few = settings(max_examples=60)


def one_span(zone: str, opening: str, closing: str) -> Calendar:
    """Open every day in one interval."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return parse_calendar({"week": {day: [[opening, closing]] for day in days}}, zone)


@few
@given(calendars(), moments(), lengths())
def test_what_is_added_is_what_lies_between(calendar, x, n):
    assert biz(calendar, x, add(calendar, x, n)) == n


@few
@given(calendars(), moments(), lengths(200), lengths(200))
def test_open_time_adds_up(calendar, x, n, m):
    y, z = x + n, x + n + m
    assert biz(calendar, x, y) + biz(calendar, y, z) == biz(calendar, x, z)


@few
@given(calendars(), moments(), lengths(), lengths())
def test_adding_twice_is_adding_the_sum(calendar, x, n, m):
    assert add(calendar, add(calendar, x, n), m) == add(calendar, x, n + m)


@few
@given(calendars(), moments(), lengths(100), lengths())
def test_a_later_start_is_never_due_earlier(calendar, x, later, n):
    assert add(calendar, x, n) <= add(calendar, x + later, n)


@few
@given(calendars(), moments(), lengths())
def test_the_answer_is_the_least_and_never_inside_closed_time(calendar, x, n):
    due = add(calendar, x, n)
    assert is_open(calendar, due - timedelta(seconds=1))
    assert biz(calendar, x, due - timedelta(seconds=1)) < n


@few
@given(calendars(), moments(), lengths(), st.floats(0, 1))
def test_a_start_may_move_within_closed_time(calendar, x, n, part):
    opening = next_opening(calendar, x)
    assume(opening > x)
    assert add(calendar, x + part * (opening - x), n) == add(calendar, x, n) == add(calendar, opening, n)


@few
@given(calendars(), moments())
def test_openings_and_closings_bound_open_time(calendar, x):
    assume(not calendar.never_closes)
    opening = next_opening(calendar, x)
    closing = next_closing(calendar, x)
    assert is_open(calendar, opening)
    assert not is_open(calendar, closing)
    assert biz(calendar, opening, closing) == closing - opening
    assert biz(calendar, x, opening) == timedelta(0)


@settings(max_examples=40)
@given(calendars(), moments())
def test_open_time_is_what_the_wall_clock_shows(calendar, x):
    y = x + timedelta(hours=30)
    walked = open_minutes(calendar, x, y)
    assert biz(calendar, x, y) == len(walked) * MINUTE
    assert is_open(calendar, x) == (x in walked)
    if walked:
        half = (len(walked) + 1) // 2
        assert add(calendar, x, half * MINUTE) == sorted(walked)[half - 1] + MINUTE


def test_nothing_added_is_the_start_even_when_closed():
    sunday = utc("2026-11-22 03:00")
    assert add(office(), sunday, timedelta(0)) == sunday


def test_used_up_at_closing_is_due_at_closing():
    assert add(office(), utc("2026-11-20 17:00"), HOUR) == utc("2026-11-20 18:00")
    assert add(office(), utc("2026-11-20 12:30"), HOUR / 2) == utc("2026-11-20 13:00")


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-20 17:30", 1, "2026-11-23 09:30"),
        ("2026-11-21 20:00", 1, "2026-11-23 10:00"),
        ("2026-11-20 12:30", 1, "2026-11-20 14:30"),
        ("2026-11-16 09:00", 40, "2026-11-20 18:00"),
        ("2026-11-20 13:30", 8, "2026-11-23 13:00"),
    ],
)
def test_a_week_at_the_office(start, hours, due):
    assert add(office(), utc(start), hours * HOUR) == utc(due)


@pytest.mark.parametrize(
    ("zone", "spring", "autumn", "short", "long"),
    [
        ("Europe/Lisbon", "2026-03-29", "2026-10-25", 23, 25),
        ("Europe/Madrid", "2026-03-29", "2026-10-25", 23, 25),
        ("America/New_York", "2026-03-08", "2026-11-01", 23, 25),
        ("Australia/Lord_Howe", "2026-10-04", "2026-04-05", 23.5, 24.5),
        ("Asia/Kathmandu", "2026-03-29", "2026-10-25", 24, 24),
    ],
)
def test_a_day_around_the_clock_has_its_real_length(zone, spring, autumn, short, long):
    calendar = one_span(zone, "00:00", "24:00")
    for day, length in ((spring, short), (autumn, long)):
        start = local(f"{day} 00:00", zone)
        end = local(f"{day} 00:00", zone) + length * HOUR
        assert end.astimezone(ZoneInfo(zone)).hour == 0
        assert biz(calendar, start, end) == length * HOUR
        assert add(calendar, start, 8 * HOUR) == start + 8 * HOUR


@pytest.mark.parametrize(
    ("zone", "day", "opening", "closing", "first", "last"),
    [
        # spring: 01:00 becomes 02:00 in Lisbon, 02:00 becomes 03:00 in Madrid and New York, 02:00 02:30 at Lord Howe
        ("Europe/Lisbon", "2026-03-29", "01:30", "03:00", "01:00+00:00", "02:00+00:00"),
        ("Europe/Lisbon", "2026-03-29", "00:00", "01:30", "00:00+00:00", "01:00+00:00"),
        ("Europe/Madrid", "2026-03-29", "02:15", "04:00", "01:00+00:00", "02:00+00:00"),
        ("America/New_York", "2026-03-08", "02:30", "09:00", "07:00+00:00", "13:00+00:00"),
        # autumn: a repeated time opens at its first occurrence and closes at its last
        ("Europe/Lisbon", "2026-10-25", "01:30", "03:00", "00:30+00:00", "03:00+00:00"),
        ("Europe/Lisbon", "2026-10-25", "00:00", "01:30", "2026-10-24T23:00+00:00", "01:30+00:00"),
        ("Europe/Lisbon", "2026-10-25", "00:00", "01:00", "2026-10-24T23:00+00:00", "00:00+00:00"),
        ("Europe/Lisbon", "2026-10-25", "00:00", "02:00", "2026-10-24T23:00+00:00", "02:00+00:00"),
        ("Europe/Madrid", "2026-10-25", "02:30", "02:45", "00:30+00:00", "01:45+00:00"),
        ("America/New_York", "2026-11-01", "00:00", "01:00", "04:00+00:00", "05:00+00:00"),
        ("America/New_York", "2026-11-01", "01:59", "03:00", "05:59+00:00", "08:00+00:00"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "03:00", "2026-04-04T14:45+00:00", "2026-04-04T16:30+00:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:10", "03:00", "2026-10-03T15:30+00:00", "2026-10-03T16:00+00:00"),
        ("Asia/Kathmandu", "2026-10-25", "09:00", "18:00", "03:15+00:00", "12:15+00:00"),
        # midnight itself is skipped or repeated
        ("America/Havana", "2026-03-08", "00:00", "02:00", "05:00+00:00", "06:00+00:00"),
        ("Atlantic/Azores", "2026-10-25", "00:00", "00:30", "00:00+00:00", "01:30+00:00"),
    ],
)
def test_clock_changes(zone, day, opening, closing, first, last):
    calendar = one_span(zone, opening, closing)
    start, end = (datetime.fromisoformat(text if "T" in text else f"{day}T{text}") for text in (first, last))
    assert next_opening(calendar, start - timedelta(minutes=30)) == start
    assert next_closing(calendar, start) == end
    assert biz(calendar, start, end) == end - start


def test_hours_wholly_inside_a_skipped_hour_are_dropped():
    calendar = one_span("Europe/Lisbon", "01:10", "01:50")
    assert biz(calendar, utc("2026-03-29 00:00"), utc("2026-03-29 12:00")) == timedelta(0)
    assert next_opening(calendar, utc("2026-03-29 00:00")) == local("2026-03-30 01:10", "Europe/Lisbon")


def test_a_repeated_midnight_is_counted_once():
    calendar = one_span("Atlantic/Azores", "00:00", "24:00")
    start, end = utc("2026-10-24 12:00"), utc("2026-10-26 12:00")
    assert biz(calendar, start, end) == 48 * HOUR


def test_around_the_clock_time_is_physical():
    lisbon = always_open(ZoneInfo("Europe/Lisbon"))
    start = utc("2026-03-28 22:00")
    for calendar in (ALWAYS, lisbon):
        assert add(calendar, start, 600 * 24 * HOUR) == start + 600 * 24 * HOUR
        assert biz(calendar, start, start + 9 * HOUR) == 9 * HOUR
        assert next_opening(calendar, start) == start
        assert is_open(calendar, start)


def test_answers_are_utc_whatever_the_zone_asked_in():
    asked = datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("Asia/Kathmandu"))
    assert add(office(), asked, timedelta(0)).tzinfo is UTC
    assert add(office(), asked, HOUR).tzinfo is UTC


def test_a_calendar_that_never_opens_is_exhausted_not_endless():
    never = parse_calendar({"week": {}}, "Europe/Lisbon")
    start = utc("2026-11-20 10:00")
    with pytest.raises(CalendarExhausted):
        add(never, start, timedelta(seconds=1))
    with pytest.raises(CalendarExhausted):
        next_opening(never, start)
    with pytest.raises(CalendarExhausted):
        next_closing(never, start)
    assert open_within_horizon(never, start) == timedelta(0)


def test_the_search_ends_after_400_days():
    once = parse_calendar({"week": {}, "exceptions": {"2027-12-24": [["09:00", "18:00"]]}}, "UTC")
    assert add(once, utc("2026-11-20 10:00"), HOUR) == utc("2027-12-24 10:00")
    with pytest.raises(CalendarExhausted):
        add(once, utc("2026-11-19 09:30"), HOUR)
    with pytest.raises(CalendarExhausted):
        next_closing(always_open(ZoneInfo("UTC")), utc("2026-11-19 09:30"))


def test_time_runs_forwards():
    with pytest.raises(ValueError):
        biz(office(), utc("2026-11-20 10:00"), utc("2026-11-20 09:00"))
    with pytest.raises(ValueError):
        add(office(), utc("2026-11-20 10:00"), -HOUR)
