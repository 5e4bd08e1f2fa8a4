"""Quiet hours and the marketing window, in the recipient's zone and across its clock changes."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sla_builders import ZONES, local, moments, utc

from shared.calendar.business_time import CalendarExhausted
from shared.calendar.quiet_hours import (
    DEFAULT_MARKETING,
    EVERY_DAY,
    Window,
    marketing_from,
    parse_marketing_window,
    parse_windows,
    quiet_until,
    release_at,
)
from shared.calendar.weekly_hours import CalendarError

LISBON = ZoneInfo("Europe/Lisbon")
NIGHT = parse_windows([{"from": "21:00", "to": "08:00"}])
FRIDAY_NIGHT = parse_windows([{"days": ["fri"], "from": "21:00", "to": "08:00"}])


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-20 20:59", None),
        ("2026-11-20 21:00", "2026-11-21 08:00"),
        ("2026-11-20 23:59", "2026-11-21 08:00"),
        ("2026-11-21 00:00", "2026-11-21 08:00"),
        ("2026-11-21 07:59", "2026-11-21 08:00"),
        ("2026-11-21 08:00", None),
    ],
)
def test_a_night_is_half_open(at, until):
    assert quiet_until(NIGHT, LISBON, utc(at)) == (until and utc(until))


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        ("2026-11-20 02:00", False),
        ("2026-11-20 22:00", True),
        ("2026-11-21 02:00", True),
        ("2026-11-21 22:00", False),
    ],
)
def test_a_window_belongs_to_the_day_it_starts(at, quiet):
    assert (quiet_until(FRIDAY_NIGHT, LISBON, utc(at)) is not None) == quiet


def test_weekdays_are_read_in_the_recipients_zone():
    kathmandu = ZoneInfo("Asia/Kathmandu")
    thursday_evening_utc = utc("2026-11-19 18:30")
    assert quiet_until(
        parse_windows([{"days": ["fri"], "from": "00:00", "to": "07:00"}]), kathmandu, thursday_evening_utc
    )
    assert (
        quiet_until(parse_windows([{"days": ["thu"], "from": "18:00", "to": "19:00"}]), kathmandu, thursday_evening_utc)
        is None
    )


@pytest.mark.parametrize(
    ("zone", "at", "until"),
    [
        ("Europe/Lisbon", "2026-03-28 22:00", "2026-03-29 08:00"),
        ("Europe/Lisbon", "2026-10-24 22:00", "2026-10-25 08:00"),
        ("America/New_York", "2026-03-07 23:00", "2026-03-08 08:00"),
        ("America/New_York", "2026-10-31 23:00", "2026-11-01 08:00"),
        ("Australia/Lord_Howe", "2026-10-03 23:00", "2026-10-04 08:00"),
    ],
)
def test_the_release_has_the_offset_of_its_own_date(zone, at, until):
    assert quiet_until(NIGHT, ZoneInfo(zone), local(at, zone)) == local(until, zone)


def test_a_window_the_clocks_skip_is_no_window():
    skipped = parse_windows([{"from": "01:10", "to": "01:50"}])
    assert quiet_until(skipped, LISBON, utc("2026-03-29 01:00")) is None


def test_a_repeated_time_is_quiet_both_times():
    window = parse_windows([{"from": "01:15", "to": "01:45"}])
    assert quiet_until(window, LISBON, utc("2026-10-25 00:20")) == utc("2026-10-25 01:45")
    assert quiet_until(window, LISBON, utc("2026-10-25 01:20")) == utc("2026-10-25 01:45")


def test_windows_that_meet_are_one_quiet():
    windows = parse_windows([{"from": "21:00", "to": "24:00"}, {"from": "00:00", "to": "08:00"}])
    assert quiet_until(windows, LISBON, utc("2026-11-20 22:00")) == utc("2026-11-21 08:00")


def test_no_windows_are_never_quiet():
    assert parse_windows(None) == parse_windows([]) == ()
    assert quiet_until((), LISBON, utc("2026-11-20 22:00")) is None


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({}, ""),
        (["21:00"], "/0"),
        ([{"from": "21:00"}], "/0/to"),
        ([{"to": "08:00"}], "/0/from"),
        ([{"from": "21:00", "to": "21:00"}], "/0"),
        ([{"from": "24:00", "to": "08:00"}], "/0/from"),
        ([{"from": "21:00", "to": "8:00"}], "/0/to"),
        ([{"days": ["friday"], "from": "21:00", "to": "08:00"}], "/0/days/0"),
        ([{"days": "fri", "from": "21:00", "to": "08:00"}], "/0/days"),
        ([{"from": "21:00", "to": "08:00", "zone": "UTC"}], "/0/zone"),
        ([{"from": "20:00", "to": "08:00"}, {"from": "08:00", "to": "20:00"}], ""),
        ([{"from": "00:00", "to": "24:00"}], ""),
    ],
)
def test_what_is_refused_says_where(document, pointer):
    with pytest.raises(CalendarError) as caught:
        parse_windows(document)
    assert caught.value.pointer == pointer


def test_the_marketing_window_has_a_default():
    assert parse_marketing_window(None) == DEFAULT_MARKETING == Window(540, 1200, EVERY_DAY)
    weekdays = parse_marketing_window({"days": ["mon", "tue"]})
    assert weekdays == Window(540, 1200, frozenset({0, 1}))
    with pytest.raises(CalendarError):
        parse_marketing_window({"from": "20:00", "to": "20:00"})


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        ("2026-11-20 08:59", "2026-11-20 09:00"),
        ("2026-11-20 09:00", "2026-11-20 09:00"),
        ("2026-11-20 19:59", "2026-11-20 19:59"),
        ("2026-11-20 20:00", "2026-11-21 09:00"),
    ],
)
def test_marketing_keeps_to_its_window(at, allowed):
    assert marketing_from(DEFAULT_MARKETING, LISBON, utc(at)) == utc(allowed)


def test_a_release_obeys_both():
    late_sleeper = parse_windows([{"from": "19:00", "to": "10:30"}])
    assert release_at(late_sleeper, LISBON, utc("2026-11-20 20:30"), DEFAULT_MARKETING) == utc("2026-11-21 10:30")
    assert release_at(NIGHT, LISBON, utc("2026-11-20 20:30"), DEFAULT_MARKETING) == utc("2026-11-21 09:00")
    assert release_at(NIGHT, LISBON, utc("2026-11-20 20:30")) == utc("2026-11-20 20:30")
    with pytest.raises(CalendarExhausted):
        release_at(
            parse_windows([{"from": "08:00", "to": "21:00"}]), LISBON, utc("2026-11-20 12:00"), DEFAULT_MARKETING
        )


def wall_clock_quiet(window: Window, zone: ZoneInfo, at) -> bool:
    """By the clock on the wall alone; the same as the instants wherever no clock changes that night."""
    wall = at.astimezone(zone)
    minutes = wall.hour * 60 + wall.minute
    if window.start < window.end:
        return wall.weekday() in window.days and window.start <= minutes < window.end
    yesterday = (wall.weekday() - 1) % 7
    return (wall.weekday() in window.days and minutes >= window.start) or (
        yesterday in window.days and minutes < window.end
    )


@settings(max_examples=150)
@given(
    st.integers(0, 1439),
    st.integers(1, 1440),
    st.sets(st.integers(0, 6)),
    st.sampled_from(ZONES),
    moments(),
)
def test_quiet_is_what_the_wall_clock_says_where_no_clock_changes(start, end, days, name, at):
    zone = ZoneInfo(name)
    if start == end or len({(at + timedelta(days=d)).astimezone(zone).utcoffset() for d in range(-2, 3)}) > 1:
        return
    window = Window(start, end, frozenset(days))
    until = quiet_until((window,), zone, at)
    assert (until is not None) == wall_clock_quiet(window, zone, at)
    if until is not None and len(days) < 7:
        assert until > at
        assert not wall_clock_quiet(window, zone, until)
        assert wall_clock_quiet(window, zone, until - timedelta(minutes=1))
