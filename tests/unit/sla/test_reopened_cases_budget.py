"""What a reopened case has left for its solution: the budget that remained, a quarter of the rule's at the least."""

from dataclasses import replace
from datetime import timedelta

from case_story import Case, heard
from sla_builders import closed, event, reopened, task, utc

from shared.calendar.durations import BusinessDays, Duration
from shared.sla.store.policy_documents import read_snapshot, snapshot_document

MONDAY = "2026-11-16"
HOUR = timedelta(hours=1)


def unhappy(at):
    return event(utc(at), sentiment="negative")


def given(case: Case) -> list[timedelta | BusinessDays]:
    """The target of each cycle of T-33."""
    targets = [timer.policy.target for timer in sorted(case.case_timers.timers, key=lambda timer: timer.cycle)]
    return [target.time if isinstance(target, Duration) else target for target in targets]


def test_a_quarter_is_of_the_rules_target_however_often_the_case_is_opened_again():
    case = Case(sla={"T-33": {"duration": "PT4H"}}).hear(unhappy("2026-11-16 09:00"))
    for day in (16, 17, 18):
        case.hear(closed(utc(f"2026-11-{day} 17:00")), reopened(utc(f"2026-11-{day + 1} 09:00")))
    assert given(case) == [4 * HOUR, HOUR, HOUR, HOUR]


def test_what_is_left_of_a_quarter_is_not_less_than_the_quarter():
    case = Case(sla={"T-33": {"duration": "PT4H"}}).hear(unhappy("2026-11-16 09:00"))
    case.hear(closed(utc("2026-11-16 10:00")), reopened(utc("2026-11-16 11:00")))
    case.hear(closed(utc("2026-11-16 12:00")), reopened(utc("2026-11-16 15:00")))
    case.hear(closed(utc("2026-11-16 16:30")), reopened(utc("2026-11-16 17:00")))
    assert given(case) == [4 * HOUR, 3 * HOUR, 2 * HOUR, HOUR]


def test_a_wait_is_no_part_of_the_budget_of_a_day():
    """From Monday at ten to Tuesday's closing are 15 hours; 3 of them were used before and after the wait."""
    case = heard(unhappy("2026-11-16 10:00"), task(utc("2026-11-16 12:00"), "waiting", waiting_delivers=1))
    case.hear(
        task(utc("2026-11-19 12:00"), "resumed"), closed(utc("2026-11-19 14:00")), reopened(utc("2026-11-19 15:00"))
    )
    assert given(case)[1] == 12 * HOUR


def test_a_quarter_of_a_day_is_of_the_day_as_first_set():
    case = heard(unhappy("2026-11-16 10:00"), task(utc("2026-11-16 12:00"), "waiting", waiting_delivers=1))
    case.hear(
        task(utc("2026-11-19 12:00"), "resumed"), closed(utc("2026-11-25 14:00")), reopened(utc("2026-11-25 15:00"))
    )
    assert given(case)[1] == 15 * HOUR / 4
    case.hear(closed(utc("2026-11-26 17:00")), reopened(utc("2026-11-27 09:00")))
    assert given(case)[2] == 15 * HOUR / 4


def test_a_cycle_the_customer_begins_anew_has_the_whole_target():
    case = Case(sla={"T-33": {"duration": "PT4H"}}).hear(unhappy("2026-11-16 09:00"))
    case.hear(closed(utc("2026-11-16 17:00")), reopened(utc("2026-11-17 09:00")))
    case.hear(event(utc("2026-11-17 10:00"), signals=("solution_proposed",)), unhappy("2026-11-17 11:00"))
    assert given(case) == [4 * HOUR, HOUR, 4 * HOUR]


def test_the_rules_target_is_stored_with_what_is_left_of_it():
    case = heard(unhappy("2026-11-16 10:00"), closed(utc("2026-11-16 12:00")), reopened(utc("2026-11-16 14:00")))
    first, second = (case.timer("T-33", cycle).policy for cycle in (1, 2))
    assert second.full == first.target
    assert read_snapshot(snapshot_document(second)) == second
    assert read_snapshot(snapshot_document(first)) == first == replace(second, target=first.target, full=None)


def test_a_cycle_that_turns_out_to_be_no_reopening_has_the_whole_target():
    """A solution of Monday, heard of after the reopening: what the customer said next began a cycle of its own."""
    said = [unhappy("2026-11-16 10:00"), unhappy("2026-11-16 14:30"), closed(utc("2026-11-17 17:30"))]
    said.append(reopened(utc("2026-11-17 17:40")))
    solved = event(utc("2026-11-16 14:00"), signals=("solution_proposed",))
    in_time = heard(said[0], solved, *said[1:])
    late = heard(*said).hear(solved, now=utc("2026-11-17 17:50"))
    told = [
        [(t.cycle, t.state, t.started_at, t.due_at, t.policy) for t in c.case_timers.timers] for c in (in_time, late)
    ]
    assert told[0] == told[1]
    assert [timer.breached_at for timer in late.case_timers.timers] == [None, None, None]
