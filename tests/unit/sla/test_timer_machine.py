"""The timer machine: deadlines to the second, warnings, breaches, escalation steps."""

from datetime import timedelta

import pytest
from sla_builders import ADVISOR, utc
from timer_stories import FRIDAY, HOUR, MINUTE, SECOND, actions, begun, due, identity, policy

from shared.sla.deadlines import pending
from shared.sla.engine.due_actions import fire, fire_overdue
from shared.sla.engine.timer import pause, resume, start, stop
from shared.sla.types import Chain, Step, WarningAt


def test_a_clock_starts_with_its_warning_and_its_breach_due():
    moved = start(identity(), policy(), at=FRIDAY, now=FRIDAY, owner=ADVISOR, cause="e1")
    assert actions(moved) == ["started"]
    assert moved.events[0].cause == "e1"
    assert moved.timer.due_at == moved.timer.original_due_at == utc("2026-11-20 11:00")
    assert [(row.threshold, row.fire_at) for row in moved.due] == [
        ("warning:75", utc("2026-11-20 10:45")),
        ("breach", utc("2026-11-20 11:00") + SECOND),
    ]
    assert {row.revision for row in moved.due} == {moved.timer.revision}


def test_warnings_fall_inside_opening_hours():
    assert due(begun(utc("2026-11-20 17:30"))) == {"warning:75": "Mon 09:15:00", "breach": "Mon 09:30:01"}


def test_a_warning_may_lead_by_business_time():
    snapshot = policy(120, warnings=(WarningAt(lead=90 * MINUTE), WarningAt(percent=50)))
    assert due(begun(utc("2026-11-20 17:30"), snapshot=snapshot)) == {
        "warning:-PT1H30M": "Fri 18:00:00",
        "warning:50": "Mon 09:30:00",
        "breach": "Mon 10:30:01",
    }


@pytest.mark.parametrize(("second", "met"), [(-1, True), (0, True), (0.9, True), (1, False), (3600, False)])
def test_a_stop_in_the_second_of_the_deadline_is_met(second, met):
    timer = begun()
    moved = stop(timer, timer.due_at + timedelta(seconds=second), "c1")
    assert moved.timer.state == "completed"
    assert actions(moved) == (["met"] if met else ["breached", "missed"])
    assert moved.timer.breached_at == (None if met else timer.due_at)
    assert moved.due == ()
    assert all(event.at_stop for event in moved.events if event.action == "breached")


def test_a_stop_that_was_in_time_but_told_after_the_breach_corrects_it():
    timer = begun()
    late = fire(timer, "breach", FRIDAY + 2 * HOUR).timer
    moved = stop(late, FRIDAY + 30 * MINUTE)
    assert actions(moved) == ["corrected", "met"]
    assert moved.timer.breached_at is None
    back = resume(pause(late, FRIDAY + 30 * MINUTE).timer, FRIDAY + HOUR).timer
    assert due(back) == {"warning:75": "Fri 11:15:00", "breach": "Fri 11:30:01"}


def test_the_breach_fires_a_second_later_and_never_before():
    timer = begun()
    early = fire(timer, "breach", timer.due_at)
    assert early.timer == timer
    assert early.events == ()
    late = fire(timer, "breach", timer.due_at + SECOND)
    assert actions(late) == ["breached"]
    assert late.timer.breached_at == timer.due_at
    assert late.timer.state == "running"
    assert due(late.timer) == {"step:1.1": "Fri 12:00:00", "step:1.2": "Fri 13:00:00"}


def test_the_rungs_count_business_time_from_the_one_before_never_from_now():
    timer = begun(utc("2026-11-20 17:00"))
    late = fire(timer, "breach", utc("2026-11-22 05:00")).timer
    assert late.breached_at == utc("2026-11-20 18:00")
    assert due(late) == {"step:1.1": "Mon 10:00:00", "step:1.2": "Mon 11:00:00"}


def test_a_rung_that_repeats_comes_after_the_same_time_again():
    chain = Chain(("owner",), (Step(15 * MINUTE, ("owner",), repeat=2), Step(HOUR, ("manager",))), given=True)
    timer = begun(snapshot=policy(chain=chain))
    late = fire(timer, "breach", timer.due_at + SECOND).timer
    assert due(late) == {
        "step:1.1": "Fri 11:15:00",
        "step:1.2": "Fri 11:30:00",
        "step:1.3": "Fri 11:45:00",
        "step:1.4": "Fri 12:45:00",
    }
    again = fire(late, "step:1.3", utc("2026-11-20 11:45"))
    assert [(event.action, event.step) for event in again.events] == [("escalated", 0)]
    assert "step:1.3" not in due(again.timer)


def test_what_is_not_to_come_changes_nothing():
    timer = begun()
    ended = stop(timer, FRIDAY).timer
    moved = fire(ended, "breach", utc("2026-11-20 12:00"))
    assert (moved.timer, moved.events) == (ended, ())
    early = fire_overdue(timer, FRIDAY)
    assert (early.timer, early.events, early.due) == (timer, (), pending(timer))


def test_of_several_overdue_thresholds_only_the_highest_fires():
    timer = begun()
    moved = fire_overdue(timer, utc("2026-11-20 15:00"))
    assert [(event.action, event.threshold) for event in moved.events] == [
        ("superseded", "warning:75"),
        ("breached", "breach"),
    ]
    again = fire_overdue(moved.timer, utc("2026-11-20 15:00"))
    assert [(event.action, event.threshold) for event in again.events] == [
        ("superseded", "step:1.1"),
        ("escalated", "step:1.2"),
    ]
    assert again.due == ()
