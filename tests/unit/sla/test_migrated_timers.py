"""A live clock brought to the policy in force by command: what ran before stays as it was counted."""

from dataclasses import replace

import pytest
from case_story import Case, later
from sla_builders import FRIDAY, OFFICE, contact, event, message, policies, read_back, task, utc
from timer_stories import HOUR, MINUTE, actions, begun, due, policy

from shared.sla.engine.case_timers import rederive
from shared.sla.engine.policy_migration import migrate_timer
from shared.sla.engine.timer import migrate_policy, pause, resume
from shared.sla.policy.policy import Policies
from shared.sla.types import Timer

LUNCHLESS = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
HALF_AN_HOUR = policies(sla={"T-03": {"duration": "PT30M"}})


def migrated(case: Case, present: Policies, minutes: int) -> Case:
    """The story once its clocks were migrated, so many minutes after it began."""
    moves = {t.timer_id: migrate_timer(t, present, later(minutes)) for t in case.case_timers.timers}
    timers = tuple(move.timer if (move := moves[t.timer_id]) else t for t in case.case_timers.timers)
    case.case_timers = replace(case.case_timers, timers=timers)
    case.policies = present
    return case


def test_another_policy_counts_from_now_and_keeps_what_ran():
    timer = begun()
    later_on = migrate_policy(timer, policy(90), FRIDAY + 20 * MINUTE)
    assert later_on.timer.consumed == 20 * MINUTE
    assert later_on.timer.due_at == FRIDAY + 90 * MINUTE
    assert later_on.timer.original_due_at == timer.original_due_at
    assert actions(later_on) == ["corrected"]
    assert due(later_on.timer) == {"warning:75": "Fri 11:07:30", "breach": "Fri 11:30:01"}
    assert {row.revision for row in later_on.due} == {timer.revision + 1}


def test_what_is_left_is_nothing_where_the_new_target_is_up_already():
    moved = migrate_policy(begun(), policy(15), FRIDAY + 20 * MINUTE).timer
    assert moved.due_at == FRIDAY + 20 * MINUTE
    assert moved.breached_at is None


def test_hours_that_were_edited_count_from_now():
    """Half past twelve: under the old hours the lunch from one to two does not count."""
    timer = begun(FRIDAY + 150 * MINUTE)
    assert timer.due_at == FRIDAY + 270 * MINUTE
    edited = policies(calendars={"default": {"week": LUNCHLESS}})
    moved = migrate_timer(timer, edited, FRIDAY + 160 * MINUTE)
    assert moved is not None
    assert moved.timer.due_at == FRIDAY + 210 * MINUTE


def test_a_paused_clock_goes_on_under_the_new_policy():
    still = pause(begun(), FRIDAY + 20 * MINUTE).timer
    moved = migrate_policy(still, policy(30), FRIDAY + 40 * MINUTE)
    assert actions(moved) == ["corrected"]
    assert resume(moved.timer, FRIDAY + HOUR).timer.due_at == FRIDAY + 70 * MINUTE


@pytest.mark.parametrize("minutes", [61, 600])
def test_an_overdue_clock_keeps_its_policy(minutes: int):
    """Also where its breach has yet to fire."""
    timer = begun()
    assert migrate_policy(timer, policy(90), FRIDAY + minutes * MINUTE).timer is timer


def test_a_record_written_anew_with_the_same_hours_changes_nothing():
    same = policies(calendars={"default": {"week": OFFICE}})
    timer = Case().hear(message(FRIDAY)).timer("T-03")
    assert migrate_timer(timer, replace(same, version=9), later(5)) is None


def test_other_steps_alone_are_a_change_that_leaves_the_deadline():
    chains = {"first_response": [{"after": "PT5M", "to": "manager"}]}
    timer = Case().hear(message(FRIDAY)).timer("T-03")
    moved = migrate_timer(timer, policies(chains=chains), later(5))
    assert moved is not None
    assert moved.timer.due_at == timer.due_at
    assert moved.timer.policy.chain != timer.policy.chain


def test_a_row_keeps_every_policy_it_had():
    timer = migrate_policy(
        migrate_policy(begun(), policy(90), FRIDAY + MINUTE).timer, policy(30), FRIDAY + 2 * MINUTE
    ).timer
    kept = read_back(timer)
    assert kept == timer
    assert [one.policy.target.time for one in kept.earlier] == [HOUR, 90 * MINUTE]
    assert kept.first_policy == policy(60)


def told_anew(case: Case, minutes: int) -> Timer:
    """The clock of the answer, told again from every fact."""
    changes = rederive(case.case_timers, case.log, case.policies, later(minutes), case.new_id)
    return next(timer for timer in changes.case_timers.timers if timer.rule == "T-03")


def test_told_anew_it_was_migrated_when_it_was():
    case = migrated(Case().hear(message(FRIDAY)), HALF_AN_HOUR, 20)
    assert case.timer("T-03").due_at == later(30)
    assert told_anew(case, 25) == case.timer("T-03")
    case.hear(message(later(-10)), now=later(25))
    timer = case.timer("T-03")
    assert (timer.started_at, timer.due_at, len(timer.earlier)) == (later(-10), later(20), 1)


def test_told_anew_one_of_the_second_it_began_in_is_migrated_too():
    case = migrated(Case().hear(message(FRIDAY)), HALF_AN_HOUR, 0)
    assert case.timer("T-03").due_at == later(30)
    assert told_anew(case, 5) == case.timer("T-03")


def test_an_answer_before_the_migration_heard_of_after_it_ends_the_clock_as_it_was():
    case = migrated(Case().hear(message(FRIDAY)), HALF_AN_HOUR, 20)
    case.hear(contact(later(10)), now=later(40))
    timer = case.timer("T-03")
    assert (timer.state, timer.stopped_at, timer.breached_at) == ("completed", later(10), None)


def test_what_a_wait_delays_counts_by_the_policy_of_its_time():
    """A day's target, halfway through which it became two hours."""
    case = Case().hear(event(FRIDAY, sentiment="negative"))
    shorter = policies(sla={"T-33": {"duration": "PT6H"}})
    case = migrated(case, shorter, 60)
    assert case.timer("T-33").due_at == utc("2026-11-20 17:00")
    late_wait = [
        task(later(90), "waiting", open_delivers=1, waiting_delivers=1),
        task(later(120), "resumed", open_delivers=1),
    ]
    case.hear(*late_wait, now=later(130))
    assert case.timer("T-33").due_at == utc("2026-11-20 17:30")


def test_one_that_turns_out_to_be_no_reopening_has_the_whole_of_the_new_target():
    assert migrate_policy(begun(), policy(30, full=policy(120).target), FRIDAY).timer.policy == policy(120)


def test_a_reopened_cycle_keeps_the_time_it_was_left():
    timer = begun(snapshot=policy(30, full=policy(120).target))
    moved = migrate_timer(timer, policies(sla={"T-03": {"duration": "PT3H"}}), FRIDAY)
    assert moved is not None
    assert moved.timer.policy.target == timer.policy.target
    assert moved.timer.policy.full == policy(180).target
