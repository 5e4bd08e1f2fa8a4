"""What time rules schedule in the time of a calendar that is to come follows the hours of that calendar."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from harness.people import OFFICE_HOURS
from shared.calendar.versions import closing, settle_calendars
from shared.sla.policy.policy import Policies, read_policies
from shared.sla.triggers.case_triggers import trigger_at
from shared.sla.triggers.dealer_days import dealer_triggers, next_dealer_trigger
from shared.sla.triggers.openings import opening_of
from shared.sla.triggers.scheduled_triggers import arriving, moved
from shared.sla.triggers.series import all_series, cycle_of

NOW = datetime(2026, 12, 14, 10, tzinfo=UTC)
NEW_YEAR = "2027-01-01T00:00:00+00:00"
LONG = {day: [["08:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
DEALER: dict[str, Any] = {"time_zone": "Europe/Lisbon", "calendars": {"default": {"week": OFFICE_HOURS}}}


def policies(begins: str = NEW_YEAR, **record: Any) -> Policies:
    """Open from nine to six on weekdays, from the new year on from eight to eight and on Saturdays."""
    return read_policies({**DEALER, "calendars_next": {"default": {"week": LONG, "effective_from": begins}}, **record})


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "record", "fires_at"),
    [
        ("T-13/birthday", {"dates": {"birthday": "1980-12-30"}}, "2026-12-30T09:00"),
        ("T-13/birthday", {"dates": {"birthday": "1980-01-04"}}, "2027-01-04T08:00"),
        ("T-13/birthday", {"dates": {"birthday": "1980-01-02"}}, "2027-01-02T08:00"),  # a Saturday, open by then
        ("T-24", {"kind": "store", "starts_at": "2027-01-04T10:00:00+00:00"}, "2027-01-02T08:00"),
        ("T-24", {"kind": "store", "starts_at": "2027-01-01T10:00:00+00:00"}, "2026-12-31T09:00"),
        ("T-29", {"customer_id": "C-1", "next_service_on": "2027-02-01"}, "2027-01-02T08:00"),
        ("T-29", {"customer_id": "C-1", "next_service_on": "2030-02-01"}, "2030-01-02T08:00"),
    ],
)
def test_a_date_is_acted_on_at_the_opening_of_its_own_day(name: str, record: dict[str, Any], fires_at: str) -> None:
    trigger = arriving(all_series()[name], record, policies(), NOW)
    assert trigger is not None
    assert trigger.fire_at == utc(fires_at)


def test_what_is_scheduled_already_moves_when_the_hours_are_announced_and_back_when_they_are_called_off() -> None:
    series, record = all_series()["T-13/birthday"], {"dates": {"birthday": "1980-01-04"}}
    for hours, fires_at in ((policies(), "2027-01-04T08:00"), (read_policies(DEALER), "2027-01-04T09:00")):
        trigger = moved(series, record, hours, 20270104, NOW)
        assert trigger is not None
        assert (trigger.cycle, trigger.fire_at) == (20270104, utc(fires_at))


def test_the_days_of_the_dealer_follow_too() -> None:
    triggers = {trigger.name: trigger.fire_at for trigger in dealer_triggers(policies(), NOW)}
    assert triggers["T-11"] == utc("2027-01-01T08:00")
    assert triggers["T-15"] == utc("2026-12-15T09:00")
    friday = cycle_of(date(2027, 1, 1))
    saturday = next_dealer_trigger(policies(), "T-15", friday, utc("2027-01-01T09:00"))
    assert saturday is not None
    assert saturday.fire_at == utc("2027-01-02T08:00")


def test_what_follows_from_a_case_follows_them_over_the_new_year() -> None:
    """An hour left of Thursday the 31st, three more on Friday from eight on; a calendar day later at eight."""
    assert trigger_at("T-07", utc("2026-12-31T17:00"), policies()) == utc("2027-01-01T11:00")
    assert trigger_at("T-16", utc("2026-12-31T17:00"), policies()) == utc("2027-01-01T08:00")


@pytest.mark.parametrize(
    ("begins", "day", "opens"),
    [
        ("2026-12-16T12:00:00+00:00", "2026-12-16", "2026-12-16T09:00"),
        ("2026-12-16T08:30:00+00:00", "2026-12-16", "2026-12-16T08:30"),
        ("2026-12-16T12:00:00+00:00", "2026-12-17", "2026-12-17T08:00"),
        ("2090-12-16T12:00:00+00:00", "2026-12-17", "2026-12-17T09:00"),
    ],
)
def test_on_the_day_of_the_change_each_counts_in_its_time(begins: str, day: str, opens: str) -> None:
    wanted = date.fromisoformat(day)
    assert opening_of(policies(begins).hours_on("T-13", wanted), wanted) == utc(opens)


def test_a_rule_around_the_clock_has_no_hours_to_come() -> None:
    own = policies(sla={"T-29": {"calendar": "none"}})
    assert opening_of(own.hours_on("T-29", date(2027, 1, 3)), date(2027, 1, 3)) == utc("2027-01-03T00:00")


def test_days_accepted_in_the_time_of_a_coming_calendar_close_it_too() -> None:
    """Of the days that are newly accepted, by whatever way; those before its time are the present one's alone."""
    coming = {"week": LONG, "effective_from": NEW_YEAR, "holidays": {"country": "PT", "accepted": ["2027-04-25"]}}
    stored = {**DEALER, "calendars_next": {"default": coming}}
    days = ["2026-12-31", "2027-01-01", "2027-05-01"]
    given = {**DEALER, "calendars": {"default": {"week": OFFICE_HOURS, "holidays": {"accepted": days}}}}
    settled = settle_calendars(given, stored, NOW)
    assert settled["calendars"]["default"]["holidays"]["accepted"] == days
    assert settled["calendars_next"]["default"] == {
        **coming,
        "holidays": {"country": "PT", "accepted": ["2027-01-01", "2027-04-25", "2027-05-01"]},
    }
    assert settle_calendars(settled, settled, NOW) == settled


def test_a_calendar_that_closes_already_stays_as_it_is() -> None:
    closed = {"week": LONG, "holidays": {"accepted": ["2027-05-01"]}}
    assert closing(closed, ["2027-05-01"], read_policies(DEALER).zone) is closed
