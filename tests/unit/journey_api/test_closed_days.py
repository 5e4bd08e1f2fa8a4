"""The days an iCalendar file closes: events, recurring ones, and files that mean harm."""

from datetime import date, datetime, time, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_api.reference.closed_days import MOST_EVENTS, NoCalendar, read_closed_days
from journey_api.reference.recurrence import read_recurrence

FIRST, LAST = date(2026, 11, 20), date(2028, 11, 20)


def calendar(*events: str) -> bytes:
    """A file of these events, each given by its lines."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN"]
    for number, event in enumerate(events):
        lines += ["BEGIN:VEVENT", f"UID:{number}@example", *event.split("|"), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def days(*events: str) -> list[str]:
    return [day.isoformat() for day in sorted(read_closed_days(calendar(*events), FIRST, LAST).days)]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART;VALUE=DATE:20261225", ["2026-12-25"]),
        ("DTSTART;VALUE=DATE:20261224|DTEND;VALUE=DATE:20261227", ["2026-12-24", "2026-12-25", "2026-12-26"]),
        ("DTSTART;VALUE=DATE:20261224|DURATION:P3D", ["2026-12-24", "2026-12-25", "2026-12-26"]),
        ("DTSTART;VALUE=DATE:20251225", []),
        ("DTSTART;VALUE=DATE:20261118|DTEND;VALUE=DATE:20261122", ["2026-11-20", "2026-11-21"]),
        ("DTSTART;VALUE=DATE:20201225|RRULE:FREQ=YEARLY", ["2026-12-25", "2027-12-25"]),
        ("DTSTART;VALUE=DATE:20201225|RRULE:FREQ=YEARLY;UNTIL=20270101", ["2026-12-25"]),
        ("DTSTART;VALUE=DATE:20201225|RRULE:FREQ=YEARLY;COUNT=7", ["2026-12-25"]),
        ("DTSTART;VALUE=DATE:20201225|RRULE:FREQ=YEARLY|EXDATE;VALUE=DATE:20261225", ["2027-12-25"]),
        ("DTSTART;VALUE=DATE:20261225|RDATE;VALUE=DATE:20270301,20270401", ["2026-12-25", "2027-03-01", "2027-04-01"]),
        (
            "DTSTART;VALUE=DATE:20261225|RDATE;VALUE=DATE:20270301,20270401|EXDATE;VALUE=DATE:20270301",
            ["2026-12-25", "2027-04-01"],
        ),
        (
            "DTSTART;VALUE=DATE:20201225|RRULE:FREQ=YEARLY|RDATE;VALUE=DATE:20261225,20270301|EXDATE;VALUE=DATE:20261225",
            ["2027-03-01", "2027-12-25"],
        ),
        ("DTSTART;VALUE=DATE:20240229|RRULE:FREQ=YEARLY", ["2028-02-29"]),
        ("DTSTART;VALUE=DATE:20201126|RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", ["2026-11-26", "2027-11-25"]),
        ("DTSTART;VALUE=DATE:20200525|RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", ["2027-05-31", "2028-05-29"]),
        ("DTSTART;VALUE=DATE:20260101|RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", []),
        (
            "DTSTART;VALUE=DATE:20261231|RRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3",
            ["2026-12-31", "2027-01-31", "2027-02-28"],
        ),
        ("DTSTART;VALUE=DATE:20261221|RRULE:FREQ=DAILY;INTERVAL=2;COUNT=3", ["2026-12-21", "2026-12-23", "2026-12-25"]),
    ],
)
def test_days_of_an_event(event: str, expected: list[str]) -> None:
    assert days(event) == expected


@pytest.mark.parametrize(
    "event",
    [
        "DTSTART:20261225T090000Z",
        "DTSTART;VALUE=DATE:20261225|STATUS:CANCELLED",
        "DTSTART;VALUE=DATE:20261225|DTEND;VALUE=DATE:20261225",
        "DTSTART;VALUE=DATE:20261225|DTEND;VALUE=DATE:20301225",
        "DTSTART;VALUE=DATE:20261225|RRULE:FREQ=SECONDLY",
        "DTSTART;VALUE=DATE:20261225|RRULE:FREQ=YEARLY;BYSETPOS=1",
        "DTSTART;VALUE=DATE:20261225|RRULE:FREQ=YEARLY;BYEASTER=1",
        "DTSTART;VALUE=DATE:20261225|RRULE:FREQ=YEARLY;INTERVAL=0",
        "DTSTART;VALUE=DATE:20261225|DURATION:PT36H",
        "DTSTART;VALUE=DATE:garbage",
        "DTSTART;VALUE=DATE:20261225|DTEND;VALUE=DATE:garbage",
        "DTSTART;VALUE=DATE:20261225|DURATION:garbage",
        "DTSTART;VALUE=DATE:20261225|RRULE:garbage",
        "DTSTART;VALUE=DATE:20261225|EXDATE;VALUE=DATE:garbage",
        "DTSTART;VALUE=DATE:20261225|RECURRENCE-ID;VALUE=DATE:garbage",
        "DTSTART;VALUE=DATE:20261225|RECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20261225",
        "SUMMARY:No beginning",
    ],
)
def test_what_is_not_understood_is_skipped_with_a_reason(event: str) -> None:
    found = read_closed_days(calendar(event, "DTSTART;VALUE=DATE:20270101|SUMMARY:New Year"), FIRST, LAST)
    assert found.days == {date(2027, 1, 1): "New Year"}
    assert len(found.skipped) <= 1


@pytest.mark.parametrize(
    "body", [b"hello", b"\xff\xfe\x00", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", b"BEGIN:VEVENT\r\n" * 2_000, b"<html>"]
)
def test_what_is_no_calendar_is_refused(body: bytes) -> None:
    with pytest.raises(NoCalendar, match="iCalendar"):
        read_closed_days(body, FIRST, LAST)


def test_files_that_mean_harm_are_refused() -> None:
    with pytest.raises(NoCalendar, match="more than"):
        read_closed_days(calendar(*["DTSTART;VALUE=DATE:20261225"] * (MOST_EVENTS + 1)), FIRST, LAST)
    with pytest.raises(NoCalendar, match="too many days"):
        read_closed_days(calendar(*["DTSTART;VALUE=DATE:00010101|RRULE:FREQ=DAILY;COUNT=9999"] * 5), FIRST, LAST)
    long = "DTSTART;VALUE=DATE:20260101|DURATION:P366D|RRULE:FREQ=DAILY"
    with pytest.raises(NoCalendar, match="too many days"):
        read_closed_days(calendar(*[long] * 2), FIRST, LAST)
    assert days("DTSTART;VALUE=DATE:99991231|RRULE:FREQ=DAILY") == []
    assert days("DTSTART;VALUE=DATE:00010101|DTEND;VALUE=DATE:00010103|RRULE:FREQ=YEARLY") != []


@pytest.mark.parametrize(
    ("instead", "expected"),
    [
        ("DTSTART;VALUE=DATE:20261228", ["2026-12-28", "2027-12-25"]),
        ("DTSTART:20261228T090000Z", ["2027-12-25"]),
        ("DTSTART;VALUE=DATE:20261225|STATUS:CANCELLED", ["2027-12-25"]),
    ],
)
def test_an_event_that_stands_for_a_date_of_a_series_takes_its_place(instead: str, expected: list[str]) -> None:
    series = "DTSTART;VALUE=DATE:20201225|RRULE:FREQ=YEARLY"
    other = f"{instead}|RECURRENCE-ID;VALUE=DATE:20261225"
    both = calendar(series, other).replace(b"UID:1@", b"UID:0@")
    assert [day.isoformat() for day in sorted(read_closed_days(both, FIRST, LAST).days)] == expected
    strangers = read_closed_days(calendar(series, other), FIRST, LAST).days
    assert date(2026, 12, 25) in strangers


RULES = st.builds(
    lambda freq, interval, month, weekday: f"FREQ={freq};INTERVAL={interval}{month}{weekday}",
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 4),
    st.sampled_from(["", ";BYMONTH=12", ";BYMONTH=1,6"]),
    st.sampled_from(["", ";BYDAY=MO,FR", ";BYMONTHDAY=1,15,-1"]),
)


@settings(max_examples=150, deadline=None)
@given(rule=RULES, start=st.dates(date(2024, 1, 1), date(2027, 12, 31)))
def test_a_rule_names_the_dates_that_dateutil_names(rule: str, start: date) -> None:
    """The first date of all is the event's own, whether or not the rule names it, as RFC 5545 has it."""
    expected = {
        at.date()
        for at in rrulestr(rule, dtstart=datetime.combine(start, time())).between(
            datetime.combine(FIRST - timedelta(days=1), time()), datetime.combine(LAST + timedelta(days=1), time())
        )
    }
    expected = {day for day in expected if FIRST <= day <= LAST} | ({start} if FIRST <= start <= LAST else set())
    found = read_closed_days(calendar(f"DTSTART;VALUE=DATE:{start:%Y%m%d}|RRULE:{rule}"), FIRST, LAST)
    assert set(found.days) == expected


def test_an_event_without_a_rule_does_not_recur() -> None:
    assert read_recurrence({}) is None
