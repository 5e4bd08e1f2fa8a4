"""Calendars that come into force later: what is stored, what takes effect, what clocks count."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from case_story import Case
from sla_builders import message, policies, utc

from shared.calendar.business_time import add, biz
from shared.calendar.document import parse_calendar, read_effective_from
from shared.calendar.versions import come_into_force, next_change, settle_calendars, splice
from shared.calendar.weekly_hours import CalendarError
from shared.sla.engine.policy_migration import migrate_timer
from shared.sla.engine.timer import pause, resume

NOW = utc("2026-11-20 10:00")
NEW_YEAR = "2027-01-01T00:00:00+00:00"
OLD = {day: [["09:00", "13:00"], ["14:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
LONG = {day: [["08:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}


def dealer(**calendars: Any) -> dict[str, Any]:
    return {"name": "Lisboa", "calendars": calendars}


def from_then(week: Any, at: str = NEW_YEAR) -> dict[str, Any]:
    return {"week": week, "effective_from": at}


STORED = dealer(default={"week": OLD})


def test_a_later_calendar_waits_beside_the_present_one() -> None:
    settled = settle_calendars(dealer(default=from_then(LONG)), STORED, NOW)
    assert settled["calendars"] == {"default": {"week": OLD}}
    assert settled["calendars_next"] == {"default": from_then(LONG)}
    assert next_change(settled) == utc("2027-01-01 00:00")


def test_the_first_calendar_applies_at_once() -> None:
    settled = settle_calendars(dealer(default=from_then(LONG)), {}, NOW)
    assert settled == dealer(default={"week": LONG})
    assert next_change(settled) is None


@pytest.mark.parametrize("at", [None, "2026-11-20T10:00:00Z", "2020-01-01T00:00:00Z"])
def test_one_of_now_or_before_applies_at_once_and_leaves_what_is_coming(at: str | None) -> None:
    stored = settle_calendars(dealer(default=from_then(LONG)), STORED, NOW)
    other = {"week": {"mon": [["10:00", "12:00"]]}, **({"effective_from": at} if at else {})}
    settled = settle_calendars(dealer(default=other), stored, NOW)
    assert settled["calendars"] == {"default": other}
    assert settled["calendars_next"] == {"default": from_then(LONG)}


def test_a_second_coming_one_replaces_the_first() -> None:
    stored = settle_calendars(dealer(default=from_then(LONG)), STORED, NOW)
    second = from_then({"mon": [["10:00", "12:00"]]}, "2026-12-01T00:00:00+00:00")
    assert settle_calendars(dealer(default=second), stored, NOW)["calendars_next"] == {"default": second}


def test_the_present_one_again_for_later_calls_the_coming_one_off() -> None:
    stored = settle_calendars(dealer(default=from_then(LONG)), STORED, NOW)
    assert settle_calendars(dealer(default=from_then(OLD)), stored, NOW) == STORED


def test_what_is_answered_may_be_sent_back() -> None:
    stored = settle_calendars(dealer(default=from_then(LONG)), STORED, NOW)
    assert settle_calendars(stored, stored, NOW) == stored
    assert settle_calendars({**stored, "calendars_next": {"sales": {}}}, stored, NOW) == stored


@pytest.mark.parametrize("document", [{"name": "Lisboa"}, dealer(), dealer(default=None)])
def test_without_the_present_one_none_is_coming(document: dict[str, Any]) -> None:
    stored = settle_calendars(dealer(default=from_then(LONG)), STORED, NOW)
    assert "calendars_next" not in settle_calendars(document, stored, NOW)


def test_names_come_into_force_each_at_its_time() -> None:
    both = dealer(default={"week": OLD}, sales={"week": OLD})
    given = dealer(default=from_then(LONG), sales=from_then(LONG, "2027-02-01T00:00:00+00:00"))
    stored = settle_calendars(given, both, NOW)
    assert come_into_force(stored, utc("2026-12-31 23:59")) is None
    january = come_into_force(stored, utc("2027-01-01 00:00"))
    assert january is not None
    assert january["calendars"] == {"default": from_then(LONG), "sales": {"week": OLD}}
    assert next_change(january) == utc("2027-02-01 00:00")
    february = come_into_force(january, utc("2027-02-03 00:00"))
    assert february is not None
    assert "calendars_next" not in february


def test_one_that_is_due_but_not_yet_in_force_counts_as_present() -> None:
    stored = settle_calendars(dealer(default=from_then(LONG)), STORED, NOW)
    late = from_then({"mon": [["10:00", "12:00"]]}, "2027-03-01T00:00:00+00:00")
    settled = settle_calendars(dealer(default=late), stored, utc("2027-01-01 00:00"))
    assert settled["calendars"] == {"default": from_then(LONG)}
    assert settled["calendars_next"] == {"default": late}


@pytest.mark.parametrize("given", ["tomorrow", "2027-01-01", "2027-01-01T00:00:00", 7, "9999-12-31T23:59:59-12:00", ""])
def test_an_instant_is_asked_for(given: Any) -> None:
    with pytest.raises(CalendarError) as caught:
        parse_calendar({"week": OLD, "effective_from": given}, "Europe/Lisbon")
    assert caught.value.pointer == "/effective_from"


def test_an_instant_of_another_offset_is_the_same() -> None:
    assert read_effective_from({"effective_from": "2027-01-01T03:00:00+03:00"}) == utc("2027-01-01 00:00")


@pytest.mark.parametrize("at", ["2026-11-24 00:00", "2026-11-24 11:30", "2026-11-28 13:00", "2026-11-22 20:00"])
def test_spliced_hours_are_the_old_ones_before_and_the_new_ones_after(at: str) -> None:
    old, new = (parse_calendar({"week": week}, "Europe/Lisbon") for week in (OLD, LONG))
    joined = splice(old, new, utc(at), NOW.date())
    for hours in range(0, 400, 7):
        instant = NOW + timedelta(hours=hours)
        low, high = min(instant, utc(at)), max(instant, utc(at))
        assert biz(joined, NOW, low) == biz(old, NOW, low)
        assert biz(joined, utc(at), high) == biz(new, utc(at), high)


def answer(minutes: int = 180, at: datetime = NOW, **dealer_record: Any) -> Any:
    sla = {"T-03": {"duration": f"PT{minutes}M"}}
    case = Case()
    case.policies = policies(calendars={"default": {"week": OLD}}, sla=sla, **dealer_record)
    return case.hear(message(at)).timer("T-03")


def coming(at: str, minutes: int = 180) -> Any:
    return policies(
        calendars={"default": {"week": OLD}},
        calendars_next={"default": from_then(LONG, at)},
        sla={"T-03": {"duration": f"PT{minutes}M"}},
    )


def test_time_before_it_comes_is_counted_by_the_old_hours_and_after_it_by_the_new() -> None:
    """Friday 10:00, 15 h: 7 h on Friday by the old hours, the other 8 h from Saturday 8:00, when the new ones come."""
    timer = answer(900)
    moved = migrate_timer(timer, coming("2026-11-21T00:00:00Z", 900), NOW + timedelta(hours=1))
    assert moved is not None
    assert moved.timer.due_at == add(
        parse_calendar({"week": LONG}, "Europe/Lisbon"),
        utc("2026-11-21 00:00"),
        utc("2026-11-21 08:00") - utc("2026-11-21 00:00"),
    )
    assert moved.timer.due_at == utc("2026-11-21 16:00")


def test_a_clock_that_is_due_before_is_left_alone() -> None:
    assert migrate_timer(answer(180), coming("2026-11-21T00:00:00Z"), NOW + timedelta(hours=1)) is None


def test_a_clock_under_coming_hours_pauses_and_resumes_by_them() -> None:
    moved = migrate_timer(answer(900), coming("2026-11-21T00:00:00Z", 900), NOW + timedelta(hours=1))
    assert moved is not None
    still = pause(moved.timer, utc("2026-11-20 12:00")).timer
    assert still.consumed == timedelta(hours=2)
    assert resume(still, utc("2026-11-21 07:00")).timer.due_at == utc("2026-11-23 09:00")


def test_migrated_once_it_is_not_offered_again() -> None:
    present = coming("2026-11-21T00:00:00Z", 900)
    moved = migrate_timer(answer(900), present, NOW + timedelta(hours=1))
    assert moved is not None
    assert migrate_timer(moved.timer, present, NOW + timedelta(hours=2)) is None
    in_force = policies(calendars={"default": from_then(LONG)}, sla={"T-03": {"duration": "PT15H"}})
    assert migrate_timer(moved.timer, in_force, utc("2026-11-22 09:00")) is None


def test_warnings_before_it_comes_stay() -> None:
    moved = migrate_timer(answer(900), coming("2026-11-21T00:00:00Z", 900), NOW + timedelta(hours=1))
    assert moved is not None
    warning = next(row for row in moved.due if row.threshold == "warning:75")
    assert warning.fire_at == utc("2026-11-21 12:15")
    early = migrate_timer(answer(500), coming("2026-11-20T15:00:00Z", 500), NOW + timedelta(hours=1))
    assert early is not None
    assert next(row.fire_at for row in early.due if row.threshold == "warning:75") > utc("2026-11-20 15:00")


def test_days_that_have_passed_stay_open_as_they_were() -> None:
    """Three open days from Friday: Monday and Tuesday have passed when Saturdays begin to count."""
    case = Case()
    sla = {"T-03": {"duration": {"days": 3}}}
    case.policies = policies(calendars={"default": {"week": OLD}}, sla=sla)
    timer = case.hear(message(NOW)).timer("T-03")
    assert timer.due_at == utc("2026-11-25 18:00")
    now_long = policies(calendars={"default": {"week": LONG}}, sla=sla)
    moved = migrate_timer(timer, now_long, utc("2026-11-24 10:00"))
    assert moved is not None
    assert moved.timer.due_at == utc("2026-11-25 20:00")
