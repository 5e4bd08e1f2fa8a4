"""Targets in business days, the same day, and the same local time another day."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from sla_builders import calendars, local, moments, office, utc

from shared.calendar.business_days import (
    business_days_left,
    due_in_days,
    open_days_after,
    open_days_between,
)
from shared.calendar.business_time import CalendarExhausted, biz
from shared.calendar.document import load_zone, parse_calendar
from shared.calendar.durations import BusinessDays, parse_duration
from shared.calendar.opening_hours import always_open
from shared.sla.deadlines import shift_local

FRIDAY = utc("2026-11-20 10:00")


@pytest.mark.parametrize(
    ("start", "days", "by", "due"),
    [
        ("2026-11-20 10:00", 1, None, "2026-11-23 18:00"),
        ("2026-11-20 08:00", 1, None, "2026-11-23 18:00"),
        ("2026-11-21 08:00", 1, None, "2026-11-23 18:00"),
        ("2026-11-20 20:00", 2, None, "2026-11-24 18:00"),
        ("2026-11-20 10:00", 1, 16 * 60, "2026-11-23 16:00"),
        ("2026-11-20 10:00", 1, 7 * 60, "2026-11-23 09:00"),
        ("2026-11-20 10:00", 1, 22 * 60, "2026-11-23 18:00"),
        ("2026-11-20 10:00", 1, 13 * 60 + 30, "2026-11-23 13:00"),
        ("2026-11-20 10:00", 1, 14 * 60, "2026-11-23 14:00"),
    ],
)
def test_the_nth_later_open_date_at_that_time(start, days, by, due):
    assert due_in_days(office(), utc(start), BusinessDays(days, by)) == utc(due)


def test_a_business_day_across_the_clock_change_keeps_its_local_time():
    assert due_in_days(office(), utc("2026-10-23 10:00"), BusinessDays(1, 16 * 60)) == local(
        "2026-10-26 16:00", "Europe/Lisbon"
    )
    assert due_in_days(office(), utc("2026-03-27 10:00"), BusinessDays(1)) == utc("2026-03-30 17:00")


def test_exceptions_are_no_business_days():
    calendar = office(exceptions={"2026-11-23": [], "2026-11-24": [["10:00", "12:00"]]})
    assert due_in_days(calendar, FRIDAY, BusinessDays(1)) == utc("2026-11-24 12:00")
    assert open_days_after(calendar, FRIDAY, 2) == date(2026, 11, 25)


def test_around_the_clock_every_date_counts_until_midnight():
    calendar = always_open(load_zone("Europe/Madrid"))
    assert due_in_days(calendar, FRIDAY, BusinessDays(1)) == local("2026-11-22 00:00", "Europe/Madrid")


@pytest.mark.parametrize(
    ("x", "y", "days"),
    [
        ("2026-11-20 10:00", "2026-11-20 17:00", 0),
        ("2026-11-20 10:00", "2026-11-22 17:00", 0),
        ("2026-11-20 10:00", "2026-11-23 00:30", 1),
        ("2026-11-20 10:00", "2026-11-27 10:00", 5),
    ],
)
def test_open_dates_of_a_pause(x, y, days):
    assert open_days_between(office(), utc(x), utc(y)) == days


def test_never_open_is_exhausted():
    never = parse_calendar({"week": {}}, "Europe/Lisbon")
    with pytest.raises(CalendarExhausted):
        open_days_after(never, FRIDAY, 1)
    with pytest.raises(ValueError):
        open_days_after(office(), FRIDAY, 0)


@settings(max_examples=50)
@given(calendars(), moments())
def test_days_due_are_open_and_in_order(calendar, x):
    first, second = (due_in_days(calendar, x, BusinessDays(n)) for n in (1, 2))
    assert x < first < second
    assert biz(calendar, x, first) > timedelta(0)
    for by in (0, 600, 1439):
        due = due_in_days(calendar, x, BusinessDays(1, by))
        assert due <= first
        assert biz(calendar, due - timedelta(minutes=1), due + timedelta(minutes=1)) > timedelta(0)


@pytest.mark.parametrize(
    ("at", "by", "back", "moved"),
    [
        ("2026-10-24 10:30", "P1D", False, "2026-10-25 10:30"),
        ("2026-03-28 01:30", "P1D", False, "2026-03-29 02:00"),
        ("2026-03-30 10:00", "P1D", True, "2026-03-29 10:00"),
        ("2026-08-31 09:00", "P6M", False, "2027-02-28 09:00"),
        ("2026-11-20 00:30", "PT1H", True, "2026-11-19 23:30"),
    ],
)
def test_the_same_local_time_another_day(at, by, back, moved):
    zone = "Europe/Lisbon"
    shifted = shift_local(office(zone), local(at, zone), parse_duration(by), back=back)
    assert shifted == local(moved, zone)


@pytest.mark.parametrize(
    ("now", "due", "days"),
    [
        ("2026-11-20 10:00", "2026-11-20 18:00", 0),
        ("2026-11-20 10:00", "2026-11-23 09:59", 0),
        ("2026-11-20 10:00", "2026-11-23 10:00", 1),
        ("2026-11-20 10:00", "2026-11-24 18:00", 2),
        ("2026-11-20 20:00", "2026-11-23 18:00", 1),
        ("2026-11-21 08:00", "2026-11-23 18:00", 1),
        ("2026-11-23 10:00", "2026-11-20 10:00", 0),
    ],
)
def test_whole_business_days_that_are_left(now, due, days):
    assert business_days_left(office(), utc(now), utc(due)) == days


@given(calendars(), moments(), moments())
def test_business_days_left_are_the_open_dates_ahead_or_one_less(calendar, one, other):
    now, due = sorted((one, other))
    days = business_days_left(calendar, now, due)
    assert 0 <= days <= open_days_between(calendar, now, due)
    assert days >= open_days_between(calendar, now, due) - 1
