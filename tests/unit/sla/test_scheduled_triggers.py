"""The dates of time rules: which there are of a record, and which of them is scheduled."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from harness.people import OFFICE_HOURS
from shared.calendar.durations import BusinessDays, Duration, Target
from shared.sla.policy.overrides import Override
from shared.sla.policy.policy import Policies, read_policies
from shared.sla.triggers.dealer_days import dealer_triggers, next_dealer_trigger
from shared.sla.triggers.scheduled_triggers import arriving, current, following, look_again, moved
from shared.sla.triggers.series import all_series, asked_from, dates, day_of

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
OWNED = {"customer_id": "C-1"}
APPOINTMENT = {"customer_id": "C-1", "kind": "service", "starts_at": "2026-12-02T10:30:00+00:00"}


def policies(**record: Any) -> Policies:
    """The times of a dealer in Lisbon with office hours."""
    return read_policies({"time_zone": "Europe/Lisbon", "calendars": {"default": {"week": OFFICE_HOURS}}, **record})


def first_days(name: str, record: Mapping[str, Any], count: int = 3, **dealer: Any) -> list[str]:
    """The first dates of a series."""
    return [one.day.isoformat() for one in islice(dates(all_series()[name], record, policies(**dealer)), count)]


@pytest.mark.parametrize(
    ("zone", "starts_at", "at"),
    [
        ("Europe/Lisbon", "2027-03-29T01:30:00+01:00", "2027-03-28T00:00:00+00:00"),
        ("Asia/Beirut", "2027-03-29T00:15:00+03:00", "2027-03-27T21:00:00+00:00"),
        ("America/St_Johns", "2027-03-15T02:45:00-02:30", "2027-03-14T04:30:00+00:00"),
        ("Asia/Kathmandu", "2027-03-15T02:45:00+05:45", "2027-03-13T20:00:00+00:00"),
    ],
)
def test_a_time_that_the_clocks_skip_is_the_instant_of_the_change(zone: str, starts_at: str, at: str) -> None:
    """A day and an hour before the appointment."""
    dealer = policies(time_zone=zone, sla={"T-06": {"duration": "P1DT1H"}})
    (found,) = dates(all_series()["T-06"], {**APPOINTMENT, "starts_at": starts_at}, dealer)
    assert found.at == datetime.fromisoformat(at)


@pytest.mark.parametrize(
    ("name", "record", "expected"),
    [
        (
            "T-13/birthday",
            {"dates": {"birthday": "2024-02-29"}},
            ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"],
        ),
        ("T-19", {**OWNED, "purchased_on": "2026-08-31"}, ["2026-10-31", "2026-12-31", "2027-02-28", "2027-04-30"]),
        ("T-12", {**OWNED, "registered_on": "2020-01-07"}, ["2020-12-24", "2021-12-24", "2022-12-24", "2023-12-24"]),
        (
            "T-20",
            {"kind": "vehicle", "placed_on": "2026-11-01"},
            ["2026-11-15", "2026-11-29", "2026-12-13", "2026-12-27"],
        ),
        ("T-08", {**OWNED, "last_visit_on": "2026-08-31", "warranty_until": "2026-01-01"}, ["2027-02-28"]),
        ("T-08", {**OWNED, "last_visit_on": "2026-08-31", "warranty_until": "2027-02-28"}, []),
        ("T-08", {**OWNED, "last_visit_on": "2026-08-31"}, []),
        ("T-10", {**OWNED, "next_service_on": "2027-03-31", "warranty_until": "2027-02-28"}, ["2027-02-28"]),
        ("T-10", {**OWNED, "next_service_on": "2027-03-31"}, []),
        ("T-29", {"next_service_on": "2027-03-31"}, []),
        ("T-20", {"kind": "parts", "placed_on": "2026-11-01"}, []),
        *(
            ("T-20", {"kind": "vehicle", "placed_on": "2026-11-01", "status": status}, [])
            for status in (" DELIVERED", "canceled", "Cancelled.", "closed")
        ),
        ("T-06", {**APPOINTMENT, "status": "arrived"}, []),
        ("T-39", APPOINTMENT, []),
    ],
)
def test_a_record_has_the_dates_the_rule_prints(name: str, record: Mapping[str, Any], expected: list[str]) -> None:
    assert first_days(name, record, 4) == expected


def test_a_series_ends_with_its_window() -> None:
    assert len(first_days("T-19", {**OWNED, "purchased_on": "2026-01-31"}, 99)) == 6
    assert len(first_days("T-14", {**OWNED, "registered_on": "2020-02-29"}, 99)) == 5


def test_the_last_years_of_the_calendar_end_a_series() -> None:
    assert len(first_days("T-13/birthday", {"dates": {"birthday": "2190-01-01"}}, 99)) == 10


@pytest.mark.parametrize(
    ("name", "record"),
    [
        *(
            ("T-06", {**APPOINTMENT, "starts_at": at})
            for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00")
        ),
        ("T-29", {**OWNED, "next_service_on": "9999-12-31"}),
        ("T-29", {**OWNED, "next_service_on": "0001-01-01"}),
        ("T-14", {**OWNED, "registered_on": "0001-01-01"}),
        ("T-12", {**OWNED, "registered_on": "9999-12-31"}),
        ("T-20", {"kind": "vehicle", "placed_on": "9999-12-31"}),
    ],
)
def test_what_stands_for_no_date_has_nothing_scheduled(name: str, record: Mapping[str, Any]) -> None:
    assert arriving(all_series()[name], record, policies(), NOW) is None


@pytest.mark.parametrize("pace", ["P1D", "P14D", "P1M", "P1M1D", "P13M"])
def test_a_series_that_began_long_ago_is_not_walked_through(pace: str) -> None:
    series, own = all_series()["T-20"], policies(sla={"T-20": {"duration": pace}})
    record, since = {"kind": "vehicle", "placed_on": "1905-01-31"}, date(2026, 11, 1)
    whole = [one for one in dates(series, record, own) if one.day >= since]
    assert list(dates(series, record, own, since)) == whole
    trigger = arriving(series, {**record, "placed_on": "0001-01-01"}, own, NOW)
    assert trigger is not None


def test_a_dealers_own_duration_moves_them() -> None:
    record = {**OWNED, "next_service_on": "2027-03-31"}
    assert first_days("T-29", record, sla={"T-29": {"duration": "P2M"}}) == ["2027-01-31"]
    assert first_days("T-09", {"last_contact_on": "2026-01-01"}, sla={"T-09": {"duration": "P3M"}}) == ["2026-04-01"]
    assert first_days("T-09/warning", {"last_contact_on": "2026-01-01"}, sla={"T-09": {"duration": "P3M"}}) == []


@pytest.mark.parametrize(
    ("name", "record", "fires_at"),
    [
        ("T-29", {**OWNED, "next_service_on": "2027-01-31"}, "2027-01-01T09:00"),
        ("T-29", {**OWNED, "next_service_on": "2026-12-01"}, "2026-11-23T10:00"),  # 21 days ago: at once
        ("T-29", {**OWNED, "next_service_on": "2026-11-23"}, "2026-11-23T10:00"),  # 30 days ago
        ("T-29", {**OWNED, "next_service_on": "2026-11-22"}, None),  # 31 days ago
        ("T-14", {**OWNED, "registered_on": "2024-11-01"}, "2026-11-23T10:00"),
        ("T-14", {**OWNED, "registered_on": "2024-10-01"}, "2027-10-01T08:00"),
        ("T-06", {**APPOINTMENT, "starts_at": "2026-11-24T08:00:00+00:00"}, "2026-11-23T10:00"),
        ("T-06", {**APPOINTMENT, "starts_at": "2026-11-23T09:59:00+00:00"}, None),
        ("T-39", {**APPOINTMENT, "kind": "collection"}, "2026-12-02T09:30"),
        ("T-24", {**APPOINTMENT, "kind": "demo", "starts_at": "2026-12-07T10:30:00+00:00"}, "2026-12-04T09:00"),
        ("T-13/birthday", {"dates": {"birthday": "1980-12-05"}}, "2026-12-05T00:00"),
        ("T-13/birthday", {"dates": {"birthday": "1980-12-04"}}, "2026-12-04T09:00"),
    ],
)
def test_what_is_scheduled_when_a_record_arrives(name: str, record: Mapping[str, Any], fires_at: str | None) -> None:
    trigger = arriving(all_series()[name], record, policies(), NOW)
    assert (trigger.fire_at.strftime("%Y-%m-%dT%H:%M") if trigger else None) == fires_at


def test_what_arrives_at_night_waits_for_the_morning() -> None:
    trigger = arriving(
        all_series()["T-29"], {**OWNED, "next_service_on": "2026-12-01"}, policies(), NOW.replace(hour=22)
    )
    assert trigger is not None
    assert trigger.fire_at == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_the_next_trigger_is_not_lost_where_time_has_jumped() -> None:
    series, record = all_series()["T-20"], {"kind": "vehicle", "placed_on": "2026-09-01"}
    trigger = following(series, record, policies(), 20260915, NOW)
    assert trigger is not None
    assert (trigger.cycle, trigger.fire_at) == (20260929, NOW)


def test_who_counts_from_contacts_is_looked_at_again() -> None:
    series, record = all_series()["T-09"], {"last_contact_on": "2025-01-01"}
    trigger = arriving(series, record, policies(), NOW)
    assert trigger is not None
    assert day_of(trigger.cycle) == date(2027, 5, 23)
    assert current(series, record, policies(), trigger.cycle) is None
    assert current(series, {"last_contact_on": "2026-11-23"}, policies(), trigger.cycle) is not None


@pytest.mark.parametrize("step", [Duration(), Duration(time=timedelta(hours=48)), BusinessDays(60)])
@pytest.mark.parametrize("name", ["T-14", "T-19", "T-20"])
def test_a_series_whose_dates_do_not_grow_has_none(name: str, step: Target) -> None:
    own = replace(policies(), overrides={name: Override(step)})
    record = {**OWNED, "kind": "vehicle", **dict.fromkeys(("registered_on", "purchased_on", "placed_on"), "2026-11-01")}
    assert list(islice(dates(all_series()[name], record, own), 1)) == []


@pytest.mark.parametrize("step", [Duration(), Duration(time=timedelta(hours=720)), BusinessDays(60)])
@pytest.mark.parametrize("name", ["T-09", "T-34", "T-48"])
def test_what_counts_from_contacts_is_looked_at_tomorrow_at_the_earliest(name: str, step: Target) -> None:
    own = replace(policies(), overrides={name: Override(step)})
    trigger = look_again(all_series()[name], own, NOW)
    assert trigger is not None
    assert (day_of(trigger.cycle), trigger.fire_at) == (date(2026, 11, 24), datetime(2026, 11, 24, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "record", "day", "expected"),
    [
        ("T-08", {"last_visit_on": "2026-08-31"}, "2027-02-28", "2026-09-01"),
        ("T-14", {"registered_on": "2020-11-01"}, "2026-11-01", "2025-11-01"),
        ("T-10", {"next_service_on": "2027-03-31"}, "2027-02-28", "2027-01-28"),
    ],
)
def test_the_visit_itself_is_no_contact_after_it(name: str, record: Mapping[str, Any], day: str, expected: str) -> None:
    found = asked_from(all_series()[name], record, date.fromisoformat(day), policies())
    assert found == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("cycle", "expected"), [(20261204, 20261127), (20261120, 20261120), (20261201, 20261120), (None, 20261127)]
)
def test_another_duration_moves_what_is_scheduled(cycle: int | None, expected: int) -> None:
    own = policies(sla={"T-20": {"duration": "P7D"}})
    trigger = moved(all_series()["T-20"], {"kind": "vehicle", "placed_on": "2026-11-13"}, own, cycle, NOW)
    assert trigger is not None
    assert trigger.cycle == expected


def test_a_dealers_own_triggers() -> None:
    triggers = {trigger.name: trigger for trigger in dealer_triggers(policies(), NOW)}
    assert {name: trigger.cycle for name, trigger in triggers.items()} == {
        "T-11": 20270101,
        "T-15": 20261124,
        "T-28": 20261124,
    }
    assert triggers["T-11"].fire_at == datetime(2027, 1, 1, 9, tzinfo=UTC)
    begun = {trigger.name: trigger for trigger in dealer_triggers(policies(), datetime(2026, 10, 31, 12, tzinfo=UTC))}
    assert (begun["T-11"].cycle, begun["T-11"].fire_at) == (20261001, datetime(2026, 11, 2, 9, tzinfo=UTC))


def test_a_day_that_is_over_is_not_made_up_for_a_quarter_is() -> None:
    later = datetime(2027, 5, 14, 12, tzinfo=UTC)
    day, quarter = (next_dealer_trigger(policies(), name, 20261124, later) for name in ("T-15", "T-11"))
    assert day is not None
    assert quarter is not None
    assert day.cycle == 20270517
    assert (quarter.cycle, quarter.fire_at) == (20270101, later)
