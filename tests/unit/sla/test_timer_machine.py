"""The timer machine: deadlines to the second, pauses, breaches, rungs, and a walk through every transition."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sla_builders import ADVISOR, office, utc

from shared.sla.business_time import add, biz
from shared.sla.calendar import ALWAYS
from shared.sla.deadlines import budget, consumed_at, pending
from shared.sla.durations import BusinessDays, Duration
from shared.sla.facts import Owner
from shared.sla.firing import acknowledge, fire, fire_overdue, progress
from shared.sla.timer import adopt, cancel, move_owner, pause, resume, start, stop
from shared.sla.values import Chain, Identity, Snapshot, Step, Timer, WarningAt

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
FRIDAY = utc("2026-11-20 10:00")
CLIMB = (Step(HOUR, ("manager_of_manager",)), Step(HOUR, ("group_mailbox",)))


def identity(target: str = "first_response", **more: object) -> Identity:
    given = {"timer_id": "t1", "dealer_id": "d", "rule": "T-03", "subject": "case", "subject_id": "case-1"}
    return Identity(**(given | {"target": target} | more))


def policy(minutes: int = 60, calendar=None, **more: object) -> Snapshot:
    chain = Chain(("owner", "manager"), CLIMB)
    return Snapshot(Duration(time=minutes * MINUTE), calendar or office(), **({"chain": chain} | more))


def begun(at=FRIDAY, now=None, target="first_response", snapshot=None, **more: object) -> Timer:
    return start(identity(target), snapshot or policy(), at=at, now=now or at, owner=ADVISOR, **more).timer


def due(timer: Timer) -> dict[str, str]:
    return {row.threshold: row.fire_at.strftime("%a %H:%M:%S") for row in pending(timer)}


def actions(moved) -> list[str]:
    return [event.action for event in moved.events]


def test_a_clock_starts_with_its_warning_and_its_breach_due():
    moved = start(identity(), policy(), at=FRIDAY, now=FRIDAY, owner=ADVISOR, cause="e1")
    assert actions(moved) == ["started"]
    assert moved.events[0].cause == "e1"
    assert moved.timer.due_at == moved.timer.original_due_at == utc("2026-11-20 11:00")
    assert [(row.threshold, row.fire_at) for row in moved.due] == [
        ("warning:75", utc("2026-11-20 10:45")),
        ("breach", utc("2026-11-20 11:00") + SECOND),
    ]
    assert {row.generation for row in moved.due} == {moved.timer.generation}


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
    late = fire(timer, "breach", timer.generation, FRIDAY + 2 * HOUR).timer
    moved = stop(late, FRIDAY + 30 * MINUTE)
    assert actions(moved) == ["corrected", "met"]
    assert moved.timer.breached_at is None
    back = resume(pause(late, FRIDAY + 30 * MINUTE).timer, FRIDAY + HOUR).timer
    assert due(back) == {"warning:75": "Fri 11:15:00", "breach": "Fri 11:30:01"}


def test_the_breach_fires_a_second_later_and_never_before():
    timer = begun()
    early = fire(timer, "breach", timer.generation, timer.due_at)
    assert early.timer == timer
    assert early.events == ()
    late = fire(timer, "breach", timer.generation, timer.due_at + SECOND)
    assert actions(late) == ["breached"]
    assert late.timer.breached_at == timer.due_at
    assert late.timer.state == "running"
    assert due(late.timer) == {"step:1.1": "Fri 12:00:00", "step:1.2": "Fri 13:00:00"}


def test_the_rungs_count_business_time_from_the_one_before_never_from_now():
    timer = begun(utc("2026-11-20 17:00"))
    late = fire(timer, "breach", timer.generation, utc("2026-11-22 05:00")).timer
    assert late.breached_at == utc("2026-11-20 18:00")
    assert due(late) == {"step:1.1": "Mon 10:00:00", "step:1.2": "Mon 11:00:00"}


def test_a_rung_that_repeats_comes_after_the_same_time_again():
    chain = Chain(("owner",), (Step(15 * MINUTE, ("owner",), repeat=2), Step(HOUR, ("manager",))), given=True)
    timer = begun(snapshot=policy(chain=chain))
    late = fire(timer, "breach", timer.generation, timer.due_at + SECOND).timer
    assert due(late) == {
        "step:1.1": "Fri 11:15:00",
        "step:1.2": "Fri 11:30:00",
        "step:1.3": "Fri 11:45:00",
        "step:1.4": "Fri 12:45:00",
    }
    again = fire(late, "step:1.3", late.generation, utc("2026-11-20 11:45"))
    assert [(event.action, event.step) for event in again.events] == [("escalated", 0)]
    assert "step:1.3" not in due(again.timer)


def test_a_row_of_an_older_generation_changes_nothing():
    timer = begun()
    paused = pause(timer, FRIDAY + MINUTE).timer
    back = resume(paused, FRIDAY + 2 * MINUTE).timer
    stale = fire(back, "breach", timer.generation, utc("2026-11-20 12:00"))
    assert stale.timer == back
    assert actions(stale) == ["superseded"]
    assert stale.events[0].generation == timer.generation
    assert actions(fire(stop(timer, FRIDAY).timer, "breach", timer.generation, utc("2026-11-20 12:00"))) == [
        "superseded"
    ]


def test_of_several_overdue_thresholds_only_the_highest_fires():
    timer = begun()
    moved = fire_overdue(timer, pending(timer), utc("2026-11-20 15:00"))
    assert [(event.action, event.threshold) for event in moved.events] == [
        ("superseded", "warning:75"),
        ("breached", "breach"),
    ]
    again = fire_overdue(moved.timer, moved.due, utc("2026-11-20 15:00"))
    assert [(event.action, event.threshold) for event in again.events] == [
        ("superseded", "step:1.1"),
        ("escalated", "step:1.2"),
    ]
    assert again.due == ()


def test_a_pause_takes_what_was_due_and_the_rest_runs_after_it():
    timer = begun()
    still = pause(timer, FRIDAY + 20 * MINUTE, "w")
    assert (still.timer.state, still.timer.consumed, still.timer.running_since) == ("paused", 20 * MINUTE, None)
    assert still.timer.generation == timer.generation + 1
    assert still.due == ()
    back = resume(still.timer, utc("2026-11-20 17:40"))
    assert back.timer.due_at == utc("2026-11-23 09:20")
    assert back.timer.original_due_at == timer.original_due_at
    assert due(back.timer) == {"warning:75": "Mon 09:05:00", "breach": "Mon 09:20:01"}
    assert {row.generation for row in back.due} == {still.timer.generation}


def test_a_weekend_of_pause_costs_no_business_time():
    timer = begun(utc("2026-11-20 17:30"))
    back = resume(pause(timer, utc("2026-11-20 17:45")).timer, utc("2026-11-22 12:00")).timer
    assert back.due_at == utc("2026-11-23 09:45")


def test_a_warning_that_fired_does_not_come_back_after_a_pause():
    timer = begun()
    warned = fire(timer, "warning:75", timer.generation, FRIDAY + 45 * MINUTE).timer
    back = resume(pause(warned, FRIDAY + 50 * MINUTE).timer, FRIDAY + HOUR).timer
    assert due(back) == {"breach": "Fri 11:10:01"}


def test_paused_time_cannot_breach():
    timer = pause(begun(), FRIDAY + 59 * MINUTE).timer
    assert pending(timer) == ()
    moved = stop(timer, FRIDAY + 5 * HOUR)
    assert actions(moved) == ["met"]
    assert moved.timer.breached_at is None


def test_a_pause_after_the_deadline_keeps_the_breach():
    moved = pause(begun(), FRIDAY + 2 * HOUR)
    assert actions(moved) == ["breached", "paused"]
    assert moved.timer.breached_at == FRIDAY + HOUR
    back = resume(moved.timer, utc("2026-11-20 15:00"))
    assert back.timer.due_at == FRIDAY + HOUR
    assert "breach" not in due(back.timer)
    assert actions(stop(back.timer, utc("2026-11-20 15:10"))) == ["missed"]


def test_the_rungs_left_go_on_after_a_pause():
    timer = begun()
    late = fire(timer, "breach", timer.generation, timer.due_at + SECOND).timer
    still = pause(late, FRIDAY + 90 * MINUTE).timer
    assert pending(still) == ()
    assert due(resume(still, FRIDAY + 120 * MINUTE).timer) == {"step:1.1": "Fri 12:30:00", "step:1.2": "Fri 14:30:00"}


def test_overdue_when_it_begins_breaches_once_and_warns_never():
    now = utc("2026-11-20 15:00")
    moved = start(identity(), policy(), at=FRIDAY, now=now)
    assert [(event.action, event.on_attach) for event in moved.events] == [("started", False), ("breached", True)]
    assert moved.timer.breached_at == FRIDAY + HOUR
    assert moved.timer.on_attach
    assert due(moved.timer) == {"step:1.1": "Fri 16:00:00", "step:1.2": "Fri 17:00:00"}


def test_attached_overdue_a_dealers_chain_begins_with_its_first_rung_at_once():
    chain = Chain(("owner",), (Step(2 * HOUR, ("owner",)), Step(HOUR, ("manager",))), given=True)
    moved = start(identity(), policy(chain=chain), at=FRIDAY, now=utc("2026-11-20 15:00"))
    assert due(moved.timer) == {"step:1.1": "Fri 15:00:00", "step:1.2": "Fri 16:00:00"}


def test_late_but_not_overdue_starts_at_the_events_time():
    moved = start(identity(), policy(), at=FRIDAY, now=FRIDAY + 50 * MINUTE)
    assert actions(moved) == ["started"]
    assert moved.timer.due_at == FRIDAY + HOUR
    assert due(moved.timer)["warning:75"] == "Fri 10:45:00"


def test_a_business_day_moves_by_the_open_dates_of_its_pause():
    days = replace(policy(), target=BusinessDays(1))
    timer = begun(utc("2026-11-19 10:00"), target="resolution", snapshot=days)
    assert timer.due_at == utc("2026-11-20 18:00")
    assert budget(timer) == 15 * HOUR
    back = resume(pause(timer, utc("2026-11-19 12:00")).timer, utc("2026-11-23 12:00")).timer
    assert (back.moved_days, back.due_at) == (2, utc("2026-11-24 18:00"))
    same_day = resume(pause(timer, utc("2026-11-19 12:00")).timer, utc("2026-11-19 15:00")).timer
    assert same_day.due_at == timer.due_at


def test_a_business_day_is_never_due_at_the_end_of_its_own_pause():
    timer = begun(utc("2026-11-19 10:00"), target="resolution", snapshot=replace(policy(), target=BusinessDays(1)))
    back = resume(pause(timer, utc("2026-11-20 10:00")).timer, utc("2026-11-20 19:00")).timer
    assert back.due_at == utc("2026-11-23 18:00")


def test_an_offer_that_expires_ends_its_cycle_and_climbs_no_further():
    timer = begun(target="acceptance", snapshot=policy(15, chain=Chain(("owner", "manager"), CLIMB)))
    moved = fire(timer, "breach", timer.generation, FRIDAY + 15 * MINUTE + SECOND)
    assert actions(moved) == ["breached", "cancelled"]
    assert (moved.timer.state, moved.timer.breached_at) == ("cancelled", FRIDAY + 15 * MINUTE)
    assert moved.due == ()


def test_taking_note_stops_the_rungs_until_nothing_happens():
    timer = begun()
    late = fire(timer, "breach", timer.generation, timer.due_at + SECOND).timer
    quiet = acknowledge(late, FRIDAY + 70 * MINUTE).timer
    assert due(quiet) == {"rearm:1": "Fri 12:10:00"}
    again = fire(quiet, "rearm:1", quiet.generation, FRIDAY + 130 * MINUTE)
    assert actions(again) == ["rearmed"]
    assert due(again.timer) == {"step:2.1": "Fri 14:10:00", "step:2.2": "Fri 15:10:00"}
    assert due(progress(quiet).timer) == {}
    assert acknowledge(timer, FRIDAY).timer == timer


def test_a_cancelled_clock_keeps_its_breach():
    late = fire(begun(), "breach", 1, FRIDAY + HOUR + SECOND).timer
    gone = cancel(late, FRIDAY + 2 * HOUR)
    assert (gone.timer.state, gone.timer.breached_at) == ("cancelled", FRIDAY + HOUR)
    assert actions(gone) == ["cancelled"]
    assert cancel(gone.timer, FRIDAY + 3 * HOUR).timer == gone.timer
    assert cancel(begun(), FRIDAY + 2 * HOUR).timer.breached_at == FRIDAY + HOUR


def test_another_owner_leaves_the_deadline_alone():
    moved = move_owner(begun(), Owner("salesperson", "S-1"), FRIDAY + MINUTE)
    assert actions(moved) == ["owner_moved"]
    assert moved.timer.due_at == FRIDAY + HOUR
    assert moved.timer.owner == Owner("salesperson", "S-1")


def test_a_given_deadline_is_kept():
    promised = utc("2026-11-21 20:00")
    timer = begun(target="promise", due_at=promised)
    assert timer.due_at == promised
    assert due(timer)["breach"] == "Sat 20:00:01"


def test_another_policy_counts_from_now_and_keeps_what_ran():
    timer = begun()
    physical = policy(90, calendar=ALWAYS, chain=Chain(("owner",)))
    later = adopt(timer, replace(physical, calendar=None), FRIDAY + 20 * MINUTE).timer
    assert later.consumed == 20 * MINUTE
    assert later.due_at == FRIDAY + 90 * MINUTE
    assert later.original_due_at == timer.original_due_at


class TimerWalk(RuleBasedStateMachine):
    """Any order of transitions keeps the invariants of a timer."""

    @initialize(minutes=st.integers(1, 600), days=st.booleans())
    def begin(self, minutes: int, days: bool) -> None:
        target = BusinessDays(1 + minutes % 3) if days else Duration(time=minutes * MINUTE)
        self.now = utc("2026-10-22 08:00") + minutes * 7 * MINUTE
        self.running = timedelta(0)
        self.timer = start(identity("resolution"), replace(policy(), target=target), at=self.now, now=self.now).timer
        self.generations = [self.timer.generation]
        self.fired: list[str] = []

    def take(self, moved) -> None:
        assert moved.due == pending(moved.timer)
        self.timer = moved.timer
        self.generations.append(self.timer.generation)

    @rule(minutes=st.integers(0, 2000))
    def wait(self, minutes: int) -> None:
        then = self.now + minutes * MINUTE
        if self.timer.state == "running":
            self.running += biz(self.timer.policy.calendar, self.now, then)
        self.now = then

    @rule()
    def tick(self) -> None:
        while rows := [row for row in pending(self.timer) if row.fire_at <= self.now]:
            moved = fire_overdue(self.timer, rows, self.now)
            told = [event.threshold for event in moved.events if event.threshold]
            assert not set(told) & set(self.fired)
            self.fired += told
            self.take(moved)

    @rule()
    def hold(self) -> None:
        self.take(pause(self.timer, self.now))

    @rule()
    def go_on(self) -> None:
        self.take(resume(self.timer, self.now))

    @rule()
    def take_note(self) -> None:
        self.take(acknowledge(self.timer, self.now))

    @precondition(lambda self: self.timer.live)
    @rule(keep=st.integers(0, 9))
    def end(self, keep: int) -> None:
        if keep:
            return
        late = self.timer.breached_at or (self.timer.state == "running" and self.now > self.timer.due_at)
        moved = stop(self.timer, self.now)
        assert moved.events[-1].action == ("missed" if late else "met")
        self.take(moved)

    @invariant()
    def counts_what_ran(self) -> None:
        if self.timer.live:
            assert consumed_at(self.timer, self.now) == self.running

    @invariant()
    def is_due_when_the_target_is_used_up(self) -> None:
        timer = self.timer
        if timer.state == "running" and timer.breached_at is None and isinstance(timer.policy.target, Duration):
            left = timer.policy.target.time - timer.consumed
            assert timer.due_at == add(timer.policy.calendar, timer.running_since, left)

    @invariant()
    def holds_together(self) -> None:
        timer = self.timer
        assert (timer.running_since is not None) == (timer.state == "running")
        assert self.generations == sorted(self.generations)
        assert timer.due_at >= timer.original_due_at
        assert timer.breached_at in (None, timer.due_at)
        if timer.state != "running":
            assert pending(timer) == ()
        assert len({row.threshold for row in pending(timer)}) == len(pending(timer))


TimerWalk.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestTimerWalk = TimerWalk.TestCase
