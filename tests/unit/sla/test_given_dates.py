"""The timer machine: a clock that is due at a given instant gets another one."""

from zoneinfo import ZoneInfo

from timer_stories import FRIDAY, HOUR, MINUTE, SECOND, actions, begun, due, policy

from shared.calendar.opening_hours import always_open
from shared.sla.engine.due_actions import fire
from shared.sla.engine.given_dates import bring_forward, hand_over
from shared.sla.engine.timer import stop
from shared.sla.types import Chain

PHYSICAL = policy(calendar=always_open(ZoneInfo("Europe/Lisbon")), chain=Chain(("owner", "manager")))


def promised(hours: int = 4):
    return begun(target="promise", snapshot=PHYSICAL, due_at=FRIDAY + hours * HOUR)


def test_a_clock_that_goes_over_counts_from_there_and_warns_again():
    timer = fire(promised(), "warning:75", FRIDAY + 3 * HOUR).timer
    over = hand_over(timer, "P-2", FRIDAY + 8 * HOUR, FRIDAY + 4 * HOUR)
    assert actions(over) == ["corrected"]
    assert (over.timer.subject_id, over.timer.due_at) == ("P-2", FRIDAY + 8 * HOUR)
    assert (over.timer.started_at, over.timer.original_due_at) == (timer.started_at, FRIDAY + 4 * HOUR)
    assert due(over.timer) == {"warning:75": "Fri 17:00:00", "breach": "Fri 18:00:01"}
    assert {row.revision for row in over.due} == {timer.revision + 1}


def test_a_clock_that_was_breached_or_has_ended_goes_over_to_nobody():
    late = fire(promised(), "breach", FRIDAY + 4 * HOUR + SECOND).timer
    for timer in (late, stop(promised(), FRIDAY + HOUR).timer):
        assert hand_over(timer, "P-2", FRIDAY + 9 * HOUR, FRIDAY + 5 * HOUR).events == ()
        assert bring_forward(timer, FRIDAY + 2 * HOUR, FRIDAY + HOUR).events == ()


def test_an_earlier_date_keeps_the_first_one_on_record_and_does_not_warn_twice():
    timer = fire(promised(), "warning:75", FRIDAY + 3 * HOUR).timer
    sooner = bring_forward(timer, FRIDAY + 3 * HOUR + 30 * MINUTE, FRIDAY + 3 * HOUR + MINUTE)
    assert due(sooner.timer) == {"breach": "Fri 13:30:01"}
    assert sooner.timer.original_due_at == FRIDAY + 4 * HOUR
    assert actions(sooner) == ["corrected"]


def test_a_warning_whose_time_has_passed_with_the_earlier_date_is_due():
    sooner = bring_forward(promised(), FRIDAY + 2 * HOUR, FRIDAY + 100 * MINUTE)
    assert due(sooner.timer) == {"warning:75": "Fri 11:30:00", "breach": "Fri 12:00:01"}


def test_a_date_that_is_no_earlier_changes_nothing():
    timer = promised()
    for at in (timer.due_at, timer.due_at + HOUR):
        assert bring_forward(timer, at, FRIDAY).timer is timer
