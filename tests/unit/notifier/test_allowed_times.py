"""Quiet hours, the reply's exemption, the marketing window and shifts."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifier.planning.allowed_times import next_shift, staff_availability
from shared.calendar.availability import Leave, Staff, StaffMember
from shared.calendar.opening_hours import Calendar
from shared.calendar.quiet_hours import DEFAULT_MARKETING, Window
from shared.people.contact_hours import CustomerHours, Inbound, customer_availability
from shared.people.eligibility import Purpose

LISBON = ZoneInfo("Europe/Lisbon")
NIGHT = Window(21 * 60, 8 * 60)
EVENING = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def hours(own: tuple[Window, ...] | None = (NIGHT,), dealer: tuple[Window, ...] = ()) -> CustomerHours:
    return CustomerHours(LISBON, own, dealer, DEFAULT_MARKETING)


def test_quiet_hours_hold_until_morning() -> None:
    blocked = customer_availability(hours(), "service")("email", EVENING)
    assert blocked is not None
    assert (blocked.until, blocked.layer) == (MORNING, "customer")


def test_the_dealers_apply_where_the_customer_has_none() -> None:
    blocked = customer_availability(hours(None, (NIGHT,)), "service")("email", EVENING)
    assert blocked is not None
    assert blocked.layer == "dealer"


@pytest.mark.parametrize(
    ("purpose", "kind", "rests"),
    [
        ("service", "email", True),
        ("safety", "email", True),
        ("urgent_safety", "email", False),
        ("service", "post", False),
        ("service", "telephone", True),
    ],
)
def test_what_quiet_hours_bind(purpose: Purpose, kind: str, rests: bool) -> None:
    assert (customer_availability(hours(), purpose)(kind, EVENING) is not None) == rests


@pytest.mark.parametrize(
    ("kind", "minutes", "rests"), [("sms", 0, False), ("sms", 14, False), ("sms", 15, True), ("email", 1, True)]
)
def test_a_reply_within_fifteen_minutes_is_exempt_on_its_channel(kind: str, minutes: int, rests: bool) -> None:
    availability_of = customer_availability(
        hours(), "service", Inbound(EVENING - timedelta(minutes=minutes), ("whatsapp", "sms"))
    )
    assert (availability_of(kind, EVENING) is not None) == rests


def test_marketing_keeps_to_its_window_besides() -> None:
    early = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
    assert customer_availability(hours(), "service")("email", early) is None
    blocked = customer_availability(hours(), "marketing")("email", early)
    assert blocked is not None
    assert blocked.until == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


WORKDAY = Calendar(LISBON, ((((9 * 60), (18 * 60)),),) * 5 + ((),) * 2)
TEAM_WITH_MANAGERS = Staff(members={}, calendar=WORKDAY)


def person(**given: object) -> StaffMember:
    return StaffMember("S-1", ("salesperson",), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "begins"),
    [
        (datetime(2026, 11, 23, 10, tzinfo=UTC), datetime(2026, 11, 23, 10, tzinfo=UTC)),
        (datetime(2026, 11, 23, 20, tzinfo=UTC), datetime(2026, 11, 24, 9, tzinfo=UTC)),
        (datetime(2026, 11, 27, 18, tzinfo=UTC), datetime(2026, 11, 30, 9, tzinfo=UTC)),
    ],
)
def test_staff_are_told_on_shift(at: datetime, begins: datetime) -> None:
    assert next_shift(person(), TEAM_WITH_MANAGERS, at) == begins
    blocked = staff_availability(person(), TEAM_WITH_MANAGERS, any_hour=False)("email", at)
    assert (None if blocked is None else blocked.until) == (None if at == begins else begins)


def test_own_shifts_come_before_the_calendar() -> None:
    late = Calendar(LISBON, ((((14 * 60), (22 * 60)),),) * 7)
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert next_shift(person(shifts=late), TEAM_WITH_MANAGERS, at) == datetime(2026, 11, 23, 14, tzinfo=UTC)


def test_leave_is_waited_out() -> None:
    away = person(leave=(Leave(date(2026, 11, 23), date(2026, 11, 25)),))
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert next_shift(away, TEAM_WITH_MANAGERS, at) == datetime(2026, 11, 26, 9, tzinfo=UTC)


def test_a_breach_is_told_at_any_hour() -> None:
    at = datetime(2026, 11, 23, 3, tzinfo=UTC)
    assert staff_availability(person(), TEAM_WITH_MANAGERS, any_hour=True)("email", at) is None


def test_one_who_never_works_is_told_at_once() -> None:
    closed = Staff(members={}, calendar=Calendar(LISBON, ((),) * 7))
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert next_shift(person(), closed, at) == at
