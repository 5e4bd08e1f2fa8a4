"""At which instant of a day a time rule acts."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from harness.people import OFFICE_HOURS
from shared.calendar.document import parse_calendar
from shared.calendar.opening_hours import Calendar, always_open
from shared.sla.triggers.openings import opening_from, opening_of

LISBON = "Europe/Lisbon"
HOLIDAYS: dict[str, list[list[str]]] = {"2026-12-25": [], "2026-12-28": []}


def office() -> Calendar:
    """Open from nine to six on weekdays, in Lisbon, closed on two days in a row around a weekend."""
    return parse_calendar({"week": OFFICE_HOURS, "exceptions": HOLIDAYS}, LISBON)


def utc(text: str) -> datetime:
    """An instant of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "before", "opens"),
    [
        ("2026-11-30", False, "2026-11-30T09:00"),
        ("2026-07-01", False, "2026-07-01T08:00"),  # in summer nine o'clock is eight of UTC
        ("2026-10-26", False, "2026-10-26T09:00"),  # the day after the clocks went back
        ("2026-11-28", False, "2026-11-30T09:00"),  # a Saturday: the next open day
        ("2026-11-28", True, "2026-11-27T09:00"),  # ... or, for what comes later, the last one
        ("2026-12-28", True, "2026-12-24T09:00"),
        ("2026-12-25", False, "2026-12-29T09:00"),
    ],
)
def test_it_is_the_opening_of_the_dealers_day(day: str, before: bool, opens: str) -> None:
    assert opening_of(office(), date.fromisoformat(day), before=before) == utc(opens)


def test_who_never_closes_opens_at_midnight_of_the_zone() -> None:
    assert opening_of(always_open(ZoneInfo("America/New_York")), date(2026, 3, 8)) == utc("2026-03-08T05:00")


def test_what_comes_in_opening_hours_is_acted_on_at_once_else_at_the_next_opening() -> None:
    assert opening_from(office(), utc("2026-11-30T11:11")) == utc("2026-11-30T11:11")
    assert opening_from(office(), utc("2026-11-30T18:00")) == utc("2026-12-01T09:00")


def test_a_dealer_that_never_opens_again_does_not_hold_anything_up() -> None:
    closed = Calendar(ZoneInfo(LISBON), ((),) * 7)
    assert opening_from(closed, utc("2026-11-30T11:11")) == utc("2026-11-30T11:11")
    assert opening_of(closed, date(2026, 11, 30), before=True) == utc("2026-11-30T00:00")
