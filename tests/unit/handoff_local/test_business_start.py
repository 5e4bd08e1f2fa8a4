"""When the demo's time begins: well into a working day, whenever it is started."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handoff_local.demo.business_start import business_start
from handoff_local.demo.stories import read_demo
from shared.calendar.business_time import is_open

LISBON = ZoneInfo("Europe/Lisbon")
NOW = datetime(2026, 11, 25, 11, tzinfo=LISBON)
CALENDAR = read_demo().calendar(NOW)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LISBON)


@pytest.mark.parametrize(
    ("started", "begins"),
    [
        ("2026-11-25T11:00", None),
        ("2026-11-25T10:30", None),
        ("2026-11-25T16:00", None),
        ("2026-11-25T03:12", "2026-11-25T10:30"),
        ("2026-11-25T09:10", "2026-11-25T10:30"),
        ("2026-11-25T12:40", "2026-11-25T14:00"),
        ("2026-11-25T13:30", "2026-11-25T14:00"),
        ("2026-11-25T18:40", "2026-11-26T10:30"),
        ("2026-11-25T23:59", "2026-11-26T10:30"),
        ("2026-11-27T22:00", "2026-11-30T10:30"),
        ("2026-11-28T11:00", "2026-11-30T10:30"),
        ("2026-12-01T11:00", "2026-12-02T10:30"),
        ("2026-12-24T20:00", "2026-12-28T10:30"),
    ],
)
def test_it_begins_well_into_a_working_day(started: str, begins: str | None) -> None:
    assert business_start(CALENDAR, at(started)) == (at(begins) if begins else None)


def test_it_never_goes_back_and_is_always_open() -> None:
    for hour in range(24 * 21):
        started = at("2026-11-20T00:07") + timedelta(hours=hour)
        begins = business_start(CALENDAR, started) or started
        assert begins >= started
        assert is_open(CALENDAR, begins)
        assert business_start(CALENDAR, begins) is None
