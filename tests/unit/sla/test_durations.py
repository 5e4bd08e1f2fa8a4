"""Durations and targets: read, written, refused, and laid on the calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar.durations import (
    BusinessDays,
    Duration,
    DurationError,
    format_clock_time,
    format_duration,
    format_target,
    parse_clock_time,
    parse_duration,
    parse_target,
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("PT15M", Duration(time=timedelta(minutes=15))),
        ("PT1H30M5S", Duration(time=timedelta(hours=1, minutes=30, seconds=5))),
        ("PT0S", Duration()),
        ("PT1.5H", Duration(time=timedelta(minutes=90))),
        ("PT0,5H", Duration(time=timedelta(minutes=30))),
        ("PT1H0.25M", Duration(time=timedelta(hours=1, seconds=15))),
        ("PT1.9S", Duration(time=timedelta(seconds=1))),
        ("P1D", Duration(days=1)),
        ("P2W", Duration(days=14)),
        ("P6M", Duration(months=6)),
        ("P1Y2M", Duration(months=14)),
        ("P1DT2H", Duration(days=1, time=timedelta(hours=2))),
        ("P100Y", Duration(months=1_200)),
        ("P36500D", Duration(days=36_500)),
        ("PT52560000M", Duration(time=timedelta(days=36_500))),
    ],
)
def test_iso_durations(text, read):
    assert parse_duration(text) == read
    assert parse_duration(format_duration(read)) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "15M",
        "P1H",
        "PT1.5H30M",
        "PT1.H",
        "PT.5H",
        "P0.5D",
        "P1.5M",
        "PT1.5",
        "PT1." + "9" * 30 + "H",
        "-PT1H",
        "PT-1H",
        "pt1h",
        "P1D ",
        "P1DT",
        None,
        5,
        "PT١M",
        "PT" + "9" * 30 + "H",
        "P" + "9" * 5_000 + "Y",
        "P101Y",
        "P1201M",
        "P100Y1M",
        "P36501D",
        "P5215W",
        "PT876001H",
        "PT876000H1S",
    ],
)
def test_what_is_no_duration(text):
    with pytest.raises(DurationError):
        parse_duration(text)


def test_a_day_is_not_counted_in_time():
    assert not parse_duration("P1D").is_time
    assert not parse_duration("P1M").is_time
    assert parse_duration("PT24H").is_time


@pytest.mark.parametrize(
    ("text", "day", "after", "before"),
    [
        ("P6M", date(2026, 8, 31), date(2027, 2, 28), date(2026, 2, 28)),
        ("P1M", date(2028, 1, 31), date(2028, 2, 29), date(2027, 12, 31)),
        ("P12M", date(2028, 2, 29), date(2029, 2, 28), date(2027, 2, 28)),
        ("P14D", date(2026, 12, 25), date(2027, 1, 8), date(2026, 12, 11)),
        ("P1M1D", date(2026, 1, 31), date(2026, 3, 1), date(2025, 12, 30)),
    ],
)
def test_months_and_days_move_a_date(text, day, after, before):
    assert parse_duration(text).after(day) == after
    assert parse_duration(text).before(day) == before


@given(st.integers(0, 200), st.integers(0, 400), st.integers(0, 10**6))
def test_every_duration_is_read_as_written(months, days, seconds):
    duration = Duration(months, days, timedelta(seconds=seconds))
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("value", "target"),
    [
        ("PT30M", Duration(time=timedelta(minutes=30))),
        ({"days": 2, "by": "16:00"}, BusinessDays(2, 960)),
        ({"days": 1, "by": "closing"}, BusinessDays(1)),
        ({"days": 1}, BusinessDays(1)),
    ],
)
def test_targets(value, target):
    assert parse_target(value) == target
    assert parse_target(format_target(target)) == target


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"days": 0, "by": "16:00"}, "days"),
        ({"days": 1.5}, "days"),
        ({"days": True}, "days"),
        ({"days": "2"}, "days"),
        ({"by": "16:00"}, "days"),
        ({"days": 1, "by": "4pm"}, "by"),
        ({"days": 1, "by": 16}, "by"),
        ({"days": 1, "at": "16:00"}, "at"),
        ("soon", None),
        (["PT1H"], None),
    ],
)
def test_what_is_no_target_names_its_field(value, field):
    with pytest.raises(DurationError) as caught:
        parse_target(value)
    assert caught.value.field == field


def test_clock_times():
    assert parse_clock_time("00:00") == 0
    assert parse_clock_time("24:00", end=True) == 1440
    assert format_clock_time(1440) == "24:00"
    for text in ("24:00", "23:60", "7:00", "07:00:00", "", None):
        with pytest.raises(DurationError):
            parse_clock_time(text)
