"""When somebody next turns up for work: shifts that begin, leaves that end, for the queue of a role."""

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sla_builders import office, utc

from shared.calendar.availability import (
    Leave,
    Staff,
    StaffMember,
    is_working,
    next_arrival,
    next_change_of_leave,
    next_turn_up,
)
from shared.calendar.opening_hours import Calendar, always_open
from shared.calendar.weekly_hours import parse_week

ZONE = ZoneInfo("Europe/Lisbon")
ROLE = "salesperson"
FRIDAY_EVENING = utc("2026-11-20 19:00")
MONDAY_OPENING = utc("2026-11-23 09:00")
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOMENT = timedelta(seconds=1)


def shifts(*intervals: tuple[str, str], days: tuple[str, ...] = EVERY_DAY) -> Calendar:
    return Calendar(ZONE, parse_week({day: [list(one) for one in intervals] for day in days}), name="shifts")


def person(staff_id: str = "S-1", **more: object) -> StaffMember:
    return StaffMember(staff_id, (ROLE,), **more)


def staff(*members: StaffMember, calendar: Calendar | None = None) -> Staff:
    return Staff({one.staff_id: one for one in members}, calendar or office())


def arrival(member: StaffMember, after=FRIDAY_EVENING, calendar: Calendar | None = None):
    return next_arrival(member, staff(member, calendar=calendar), after, ROLE)


def test_without_shifts_the_hours_of_the_role_count():
    assert arrival(person()) == MONDAY_OPENING


def test_the_persons_own_shift_comes_before_them():
    assert arrival(person(shifts=shifts(("06:00", "14:00")))) == utc("2026-11-21 06:00")


def test_whoever_is_at_work_comes_with_the_next_shift():
    assert arrival(person(), after=utc("2026-11-20 15:00")) == MONDAY_OPENING


def test_at_the_opening_itself_it_is_the_next_one():
    assert arrival(person(), after=MONDAY_OPENING) > MONDAY_OPENING


@pytest.mark.parametrize("presence", ["away", "off"])
def test_who_is_not_present_is_not_awaited(presence):
    assert arrival(person(presence=presence)) is None


def test_a_shift_within_a_leave_begins_nothing():
    leave = (Leave(date(2026, 11, 21), date(2026, 11, 25)), Leave(date(2026, 11, 26), date(2026, 11, 26)))
    assert arrival(person(leave=leave)) == utc("2026-11-27 09:00")


def test_a_leave_of_years_is_looked_beyond():
    assert arrival(person(leave=(Leave(date(2026, 11, 1), date(2028, 12, 31)),))) == utc("2029-01-01 09:00")


def test_a_leave_that_ends_where_it_is_always_open_ends_at_midnight():
    leave = (Leave(date(2026, 11, 20), date(2026, 11, 21)),)
    assert arrival(person(leave=leave), calendar=always_open(ZONE)) == utc("2026-11-22 00:00")


def test_a_night_shift_begins_once_although_it_is_split_at_midnight():
    night = person(shifts=shifts(("00:00", "06:00"), ("22:00", "24:00")))
    assert arrival(night) == utc("2026-11-20 22:00")
    assert arrival(night, after=utc("2026-11-20 22:00")) == utc("2026-11-21 22:00")


def test_where_it_never_closes_nobody_arrives():
    assert arrival(person(), calendar=always_open(ZONE)) is None


def test_a_shift_that_never_is_ends_the_search():
    assert arrival(person(shifts=Calendar(ZONE, ((),) * 7))) is None


@given(
    at=st.integers(0, 14 * 24 * 60).map(lambda minutes: utc("2026-10-20 00:00") + timedelta(minutes=minutes)),
    opens=st.integers(0, 23),
    hours=st.integers(1, 10),
    away=st.integers(0, 5),
)
def test_at_an_arrival_work_begins_and_none_began_before(at, opens, hours, away):
    until = min(opens + hours, 24)
    first = at.date() + timedelta(days=1)
    leave = (Leave(first, first + timedelta(days=away - 1)),) if away else ()
    one = person(shifts=shifts((f"{opens:02}:00", f"{until:02}:00")), leave=leave)
    people = staff(one)
    found = next_arrival(one, people, at, ROLE)
    if (opens, until) == (0, 24) and not away:
        assert found is None
        return
    assert found is not None
    assert found > at
    assert is_working(one, people, found, ROLE)
    assert not is_working(one, people, found - MOMENT, ROLE)
    steps = range(1, int((found - at).total_seconds() // 1800))
    before = [at] + [at + timedelta(minutes=30 * step) for step in steps]
    worked = [is_working(one, people, moment, ROLE) for moment in before]
    assert not any(later and not earlier for earlier, later in pairwise(worked))


def test_a_queue_waits_for_the_first_of_its_role():
    early, other = person("S-2", shifts=shifts(("07:00", "09:00"))), StaffMember("S-3", ("parts_manager",))
    assert next_turn_up(staff(person(), early, other), ROLE, FRIDAY_EVENING, leads=False) == utc("2026-11-21 07:00")
    assert next_turn_up(staff(other), ROLE, FRIDAY_EVENING, leads=False) is None


def test_what_was_declined_waits_for_every_change_of_leave_too():
    manager = StaffMember("S-9", ("sales_manager",), leave=(Leave(date(2026, 11, 19), date(2026, 11, 20), None),))
    people = staff(person(), manager)
    assert next_turn_up(people, ROLE, FRIDAY_EVENING, leads=True) == utc("2026-11-21 00:00")
    assert next_turn_up(people, ROLE, FRIDAY_EVENING, leads=False) == MONDAY_OPENING


def test_the_next_change_of_leave_is_a_beginning_or_an_end():
    leave = (Leave(date(2026, 11, 24), date(2026, 11, 25), "S-2"), Leave(date(2026, 11, 1), date(2026, 11, 2)))
    one = person(leave=leave)
    assert next_change_of_leave(one, staff(one), FRIDAY_EVENING) == utc("2026-11-24 00:00")
    assert next_change_of_leave(one, staff(one), utc("2026-11-24 00:00")) == utc("2026-11-26 00:00")
    assert next_change_of_leave(one, staff(one), utc("2026-11-26 00:00")) is None
