"""A calendar whose hours are over: a clock neither begins nor goes on, and nothing else stops for it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from case_story import heard
from sla_builders import FRIDAY, closed, contact, event, message, policies, task, utc
from timer_stories import begun, policy

from shared.calendar.business_days import due_in_days, open_days_after
from shared.calendar.business_time import CalendarExhausted
from shared.calendar.document import parse_calendar
from shared.calendar.durations import BusinessDays
from shared.sla.deadlines import pending
from shared.sla.engine.appointment_timers import Appointment, follow
from shared.sla.engine.due_actions import acknowledge, fire
from shared.sla.engine.timer import pause, resume

DAY = timedelta(days=1)
LAST_DAYS = {"week": {}, "exceptions": {f"2026-11-{day}": [["09:00", "18:00"]] for day in (20, 23, 24)}}
AFTERWARDS = utc("2026-11-30 10:00")
RUNNING_OUT = {"default": LAST_DAYS}


@pytest.mark.parametrize(
    ("fact", "rules"),
    [
        (message(AFTERWARDS), ("T-02", "T-03")),
        (event(AFTERWARDS, occurrences=("delivery_date_slipped",)), ("T-21",)),
        (task(AFTERWARDS, "offered"), ("T-46",)),
    ],
)
def test_no_clock_begins_and_it_is_said_of_which_rules(fact, rules):
    case = heard(fact, calendars=RUNNING_OUT)
    assert case.states() == {}
    assert case.last.exhausted == rules
    assert heard(fact).last.exhausted == ()


@pytest.mark.parametrize(
    ("begins", "rule"),
    [({"occurrences": ("delivery_date_slipped",)}, "T-21"), ({"signals": ("parts_eta_slipped",)}, "T-31")],
)
def test_a_clock_that_cannot_go_on_stands_still_until_something_ends_it(begins, rule):
    waiting = {"open_delivers": 1, "waiting_delivers": 1}
    case = heard(event(FRIDAY, **begins), task(FRIDAY, "waiting", **waiting), calendars=RUNNING_OUT)
    case.hear(task(AFTERWARDS, "resumed", open_delivers=1))
    assert (case.timer(rule).state, case.last.exhausted) == ("paused", (rule,))
    case.hear(closed(AFTERWARDS))
    assert (case.timer(rule).state, case.timer(rule).breached_at) == ("completed", None)


def test_a_late_fact_tells_it_too():
    case = heard(message(FRIDAY), message(AFTERWARDS + DAY), calendars=RUNNING_OUT)
    case.hear(contact(FRIDAY, "answer"), now=AFTERWARDS + DAY)
    assert case.states() == {"T-02 acknowledgement 1": "completed", "T-03 first_response 1": "completed"}
    assert case.last.exhausted == ("T-02", "T-03")


def test_who_takes_a_breach_up_is_heard_all_the_same():
    timer = begun(snapshot=policy(calendar=parse_calendar(LAST_DAYS, "Europe/Lisbon")))
    breached = fire(timer, "breach", utc("2026-11-24 17:59:59")).timer
    taken = acknowledge(breached, AFTERWARDS).timer
    assert taken.acknowledged_at == AFTERWARDS
    assert pending(taken) == ()


@pytest.mark.parametrize("rule", ["T-05", "T-23"])
def test_an_appointment_has_the_clocks_that_can_be_due(rule):
    given = {"duration": "PT1H", "calendar": "default"}
    dealer = policies(calendars=RUNNING_OUT, sla={rule: given})
    visit = Appointment(
        dealer_id="lisboa-01",
        appointment_id="A-1",
        customer_id="C-1",
        case_id=None,
        kind="service",
        status="booked",
        starts_at=AFTERWARDS,
    )
    clocks = follow(visit, (), dealer, FRIDAY, lambda: "t1")
    assert [one.timer.rule for one in clocks.started] == sorted({"T-05", "T-23"} - {rule})


@pytest.mark.parametrize("days", [390, 500, 1500])
def test_a_wait_of_any_length_moves_a_target_in_days(days):
    office = policies().calendars["default"]
    snapshot = replace(policy(calendar=office), target=BusinessDays(2))
    ends = FRIDAY + days * DAY
    back = resume(pause(begun(snapshot=snapshot), FRIDAY).timer, ends)
    assert back.timer.due_at == due_in_days(office, ends, BusinessDays(2))


@pytest.mark.parametrize("days", [390, 500, 1500])
def test_a_search_goes_400_days_beyond_what_is_known(days):
    office = policies().calendars["default"]
    number = days * 5 // 7
    until = open_days_after(office, FRIDAY, number, since=FRIDAY + days * DAY)
    assert abs((until - FRIDAY.date()).days - days) < 7
    with pytest.raises(CalendarExhausted):
        open_days_after(office, FRIDAY, number + 300, since=FRIDAY + days * DAY)
