"""Offsets of the demo fall into opening hours, whenever it is loaded."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff_local.demo.offsets import open_time_before, resolve_record, resolve_time
from handoff_local.demo.stories import Demo, read_demo
from shared.calendar.business_time import biz, is_open

DEMO = read_demo()
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def test_open_minutes_skip_the_night_the_lunch_and_the_sunday() -> None:
    calendar = DEMO.calendar(MONDAY)
    assert resolve_time("-30m", calendar, MONDAY) == MONDAY - timedelta(minutes=30)
    assert resolve_time("-90m", calendar, MONDAY) == datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
    after_lunch = datetime(2026, 11, 23, 14, 10, tzinfo=UTC)
    assert resolve_time("-20m", calendar, after_lunch) == datetime(2026, 11, 23, 12, 50, tzinfo=UTC)


def test_open_days_skip_sundays_and_holidays() -> None:
    calendar = DEMO.calendar(MONDAY)
    assert resolve_time("-1d 10:12", calendar, MONDAY) == datetime(2026, 11, 21, 10, 12, tzinfo=UTC)
    after_a_holiday = datetime(2026, 12, 9, 10, 0, tzinfo=UTC)
    assert resolve_time("-1d 10:12", calendar, after_a_holiday) == datetime(2026, 12, 7, 10, 12, tzinfo=UTC)
    assert resolve_time("+1d 15:00", calendar, MONDAY) == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def test_a_closed_time_of_day_moves_back_into_the_hours() -> None:
    calendar = DEMO.calendar(MONDAY)
    assert resolve_time("-2d 13:30", calendar, MONDAY) == datetime(2026, 11, 20, 12, 59, tzinfo=UTC)
    assert resolve_time("-2d 07:30", calendar, MONDAY) == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("wrong", ["", "41d", "-41d", "-41 days", "-5h", "10:12"])
def test_what_is_no_offset_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not an offset"):
        resolve_time(wrong, DEMO.calendar(MONDAY), MONDAY)


def test_records_carry_dates_and_times_as_marked_offsets() -> None:
    record = {"leave": [{"from": "@-2d", "to": "@+9d"}], "starts_at": "@+1d 09:30", "address": "a@b.example"}
    assert resolve_record(record, DEMO.calendar(MONDAY), MONDAY) == {
        "leave": [{"from": "2026-11-21", "to": "2026-12-02"}],
        "starts_at": "2026-11-24T09:30:00+00:00",
        "address": "a@b.example",
    }


@given(now=MOMENTS, minutes=st.integers(1, 180))
def test_between_an_open_time_before_now_and_now_lies_that_much_open_time(now: datetime, minutes: int) -> None:
    calendar, length = DEMO.calendar(now), timedelta(minutes=minutes)
    assert biz(calendar, open_time_before(calendar, now, length), now) == length


@settings(max_examples=20)
@given(now=MOMENTS)
def test_everything_in_the_file_happened_before_now_in_the_hours_of_who_saw_it(now: datetime) -> None:
    for happening in DEMO.past:
        at = DEMO.time_of(happening, now)
        assert at <= now
        assert is_open(DEMO.calendar(now, DEMO.role_of(happening)), at)


def test_the_years_holidays_are_accepted() -> None:
    calendars = Demo(DEMO.dealership, (), ()).dealer_record(MONDAY)["calendars"]
    assert all({"2026-12-25", "2027-01-01"} <= set(each["holidays"]["accepted"]) for each in calendars.values())
