"""Reading calendars: what is accepted, and what is refused where."""

from datetime import date, timedelta

import pytest
from sla_builders import OFFICE, office, utc

from shared.calendar.business_time import biz, is_open
from shared.calendar.document import ZoneError, calendar_document, load_zone, parse_calendar, read_calendar
from shared.calendar.holidays import propose_holidays
from shared.calendar.weekly_hours import CalendarError

ZONE = "Europe/Lisbon"


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        (None, ""),
        ([], ""),
        ({}, "/week"),
        ({"week": OFFICE, "weeks": {}}, "/weeks"),
        ({"week": {"monday": []}}, "/week/monday"),
        ({"week": {"mon": None}}, "/week/mon"),
        ({"week": {"mon": [["09:00"]]}}, "/week/mon/0"),
        ({"week": {"mon": ["09:00-18:00"]}}, "/week/mon/0"),
        ({"week": {"mon": [["9:00", "18:00"]]}}, "/week/mon/0/0"),
        ({"week": {"mon": [["09:00", "24:01"]]}}, "/week/mon/0/1"),
        ({"week": {"mon": [["09:00", "18:60"]]}}, "/week/mon/0/1"),
        ({"week": {"mon": [["24:00", "06:00"]]}}, "/week/mon/0/0"),
        ({"week": {"mon": [[9, 18]]}}, "/week/mon/0/0"),
        ({"week": {"mon": [["09:00", "09:00"]]}}, "/week/mon/0"),
        ({"week": {"mon": [["09:00", "13:00"], ["12:59", "18:00"]]}}, "/week/mon/1"),
        ({"week": {"mon": [["12:00", "18:00"], ["09:00", "13:00"]]}}, "/week/mon/0"),
        ({"week": {"mon": [["18:00", "09:00"]]}}, "/week/mon/0"),
        ({"week": {"sat": [["09:00", "12:00"], ["22:00", "00:00"]]}}, "/week/sat/1"),
        ({"week": OFFICE, "exceptions": {"2026-12-24": [["22:00", "02:00"]]}}, "/exceptions/2026-12-24/0"),
        ({"week": OFFICE, "exceptions": []}, "/exceptions"),
        ({"week": OFFICE, "exceptions": {"2026-13-01": []}}, "/exceptions/2026-13-01"),
        ({"week": OFFICE, "exceptions": {"20261225": []}}, "/exceptions/20261225"),
        ({"week": OFFICE, "exceptions": {"2026-12-25": None}}, "/exceptions/2026-12-25"),
        ({"week": OFFICE, "exceptions": {"2026-12-25": [["18:00", "25:00"]]}}, "/exceptions/2026-12-25/0/1"),
        ({"week": OFFICE, "holidays": {"country": "XX"}}, "/holidays/country"),
        ({"week": OFFICE, "holidays": {"country": 5}}, "/holidays/country"),
        ({"week": OFFICE, "holidays": {"country": "PT", "subdivision": "ZZ"}}, "/holidays/subdivision"),
        ({"week": OFFICE, "holidays": {"country": "PT", "days": []}}, "/holidays/days"),
        ({"week": OFFICE, "holidays": {"country": "PT", "accepted": ["25-12-2026"]}}, "/holidays/accepted/0"),
        ({"week": OFFICE, "holidays": {"country": "PT", "accepted": "2026-12-25"}}, "/holidays/accepted"),
    ],
)
def test_what_is_refused_says_where(document, pointer):
    with pytest.raises(CalendarError) as caught:
        parse_calendar(document, ZONE)
    assert caught.value.pointer == pointer
    assert caught.value.wrong.detail


@pytest.mark.parametrize("zone", ["", None, "Lisbon", "Europe/Atlantis", "localtime", "../etc/passwd", 5])
def test_an_empty_or_unknown_zone_is_an_error_never_utc(zone):
    with pytest.raises(ZoneError) as caught:
        parse_calendar({"week": OFFICE}, zone)
    assert caught.value.pointer == ""


def test_known_zones_load():
    assert load_zone("Asia/Kathmandu").key == "Asia/Kathmandu"
    assert load_zone("UTC").key == "UTC"


def test_nights_are_written_as_two_days_that_meet():
    week = {"sun": [["22:00", "24:00"]], "mon": [["00:00", "06:00"], ["06:00", "12:00"]]}
    calendar = parse_calendar({"week": week}, ZONE)
    assert calendar.hours(date(2026, 11, 22)) == ((1320, 1440),)
    assert calendar.hours(date(2026, 11, 23)) == ((0, 720),)
    assert is_open(calendar, utc("2026-11-23 03:00"))
    assert not is_open(calendar, utc("2026-11-24 03:00"))


def test_midnight_closes_a_day():
    calendar = parse_calendar({"week": {"mon": [["18:00", "24:00"]]}}, ZONE)
    assert calendar.hours(date(2026, 11, 23)) == ((1080, 1440),)
    assert calendar.hours(date(2026, 11, 24)) == ()


def test_hours_that_meet_are_one():
    calendar = parse_calendar({"week": {"mon": [["13:00", "18:00"], ["09:00", "13:00"]]}}, ZONE)
    assert calendar.hours(date(2026, 11, 23)) == ((540, 1080),)


def test_exceptions_replace_the_week():
    calendar = office(
        exceptions={"2026-11-23": [["10:00", "12:00"]], "2026-11-24": [], "2026-11-28": [["09:00", "13:00"]]}
    )
    length = biz(calendar, utc("2026-11-23 00:00"), utc("2026-11-30 00:00"))
    assert length == timedelta(hours=2 + 0 + 3 * 8 + 4)


def test_only_accepted_holidays_close():
    holidays = {"country": "PT", "subdivision": None, "accepted": ["2026-12-25"]}
    calendar = office(holidays=holidays)
    assert calendar.hours(date(2026, 12, 25)) == ()
    assert calendar.hours(date(2026, 12, 8)) != ()
    opened = office(holidays=holidays, exceptions={"2026-12-25": [["09:00", "12:00"]]})
    assert opened.hours(date(2026, 12, 25)) == ((540, 720),)


def test_holidays_are_proposed_by_country_and_year():
    proposed = propose_holidays("PT", None, 2026)
    assert date(2026, 12, 25) in {holiday.day for holiday in proposed}
    assert all(holiday.day.year == 2026 and holiday.name for holiday in proposed)
    assert [holiday.day for holiday in proposed] == sorted(holiday.day for holiday in proposed)
    assert len(propose_holidays("PT", "11", 2026)) > len(proposed)
    with pytest.raises(ValueError):
        propose_holidays("XX", None, 2026)


def test_a_calendar_survives_its_snapshot():
    document = {
        "week": {"fri": [["22:00", "24:00"]]},
        "exceptions": {"2026-12-24": [["20:00", "24:00"]], "2026-12-25": []},
        "effective_from": "2026-01-01T00:00:00Z",
    }
    calendar = parse_calendar(document, ZONE, name="sales", version=3)
    assert read_calendar(calendar_document(calendar)) == calendar
