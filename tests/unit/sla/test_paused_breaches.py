"""A breach and a pause: told though the pause came before it fired, and taken up though the clock stands still."""

from case_story import Case, heard
from sla_builders import FRIDAY, closed, contact, event, task, utc

LATE = utc("2026-11-23 18:00:01")
"""A second after a solution was due to the customer who was unhappy on Friday."""


def unhappy() -> Case:
    return heard(event(FRIDAY, sentiment="negative"))


def waits(at):
    return task(at, "waiting", waiting_delivers=1)


def told(case: Case) -> list[bool]:
    """Of each breach just noticed, whether people are to be told."""
    return [not one.at_stop for one in case.last.events if one.action == "breached"]


def test_a_breach_that_a_wait_outran_is_told():
    case = unhappy().hear(waits(LATE))
    assert told(case) == [True]
    assert (case.timer("T-33").state, case.timer("T-33").breached_at) == ("paused", utc("2026-11-23 18:00"))
    assert case.tick(utc("2026-11-24 18:00")) == []
    case.hear(task(utc("2026-11-25 10:00"), "resumed"))
    assert case.tick(utc("2026-11-25 11:00")) == [("Wed 11:00:00", "T-33 step:1.1")]


def test_a_breach_that_the_end_outran_is_told_to_nobody():
    assert told(unhappy().hear(closed(LATE))) == [False]


def test_a_wait_at_the_due_second_comes_in_time():
    assert told(unhappy().hear(waits(utc("2026-11-23 18:00")))) == []


def breached_and_waiting() -> Case:
    case = unhappy()
    case.tick(LATE)
    return case.hear(waits(utc("2026-11-24 09:05")))


def test_a_breach_is_taken_up_while_its_clock_stands_still():
    case = breached_and_waiting()
    assert case.run("T-33", utc("2026-11-24 09:10")) == ["acknowledged"]
    assert case.run("T-33", utc("2026-11-24 09:11")) == []
    case.hear(task(utc("2026-11-24 10:00"), "resumed"))
    assert case.tick(utc("2026-11-24 11:00")) == [("Tue 11:00:00", "T-33 rearm:1")]


def test_who_calls_the_customer_while_the_clock_stands_still_has_made_progress():
    case = breached_and_waiting()
    case.run("T-33", utc("2026-11-24 09:10"))
    case.hear(contact(utc("2026-11-24 09:20"), "update", "telephone", outcome="spoke"))
    case.hear(task(utc("2026-11-24 10:00"), "resumed"))
    assert case.tick(utc("2026-11-27 18:00")) == []


def test_a_paused_clock_that_is_not_late_has_nothing_to_take_up():
    case = unhappy().hear(waits(utc("2026-11-23 10:00")))
    assert case.run("T-33", utc("2026-11-23 10:10")) == []
