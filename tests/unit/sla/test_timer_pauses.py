"""The timer machine: pauses, late beginnings, acknowledgement, migration."""

from dataclasses import replace

from sla_builders import utc
from timer_stories import CLIMB, FRIDAY, HOUR, MINUTE, SECOND, actions, begun, due, identity, policy

from shared.calendar.durations import BusinessDays
from shared.sla.deadlines import budget, pending
from shared.sla.engine.due_actions import acknowledge, fire, progress
from shared.sla.engine.timer import cancel, move_owner, pause, resume, start, stop
from shared.sla.facts import Owner
from shared.sla.types import Chain, Step


def test_a_pause_takes_what_was_due_and_the_rest_runs_after_it():
    timer = begun()
    still = pause(timer, FRIDAY + 20 * MINUTE, "w")
    assert (still.timer.state, still.timer.consumed, still.timer.running_since) == ("paused", 20 * MINUTE, None)
    assert still.timer.revision == timer.revision + 1
    assert still.due == ()
    back = resume(still.timer, utc("2026-11-20 17:40"))
    assert back.timer.due_at == utc("2026-11-23 09:20")
    assert back.timer.original_due_at == timer.original_due_at
    assert due(back.timer) == {"warning:75": "Mon 09:05:00", "breach": "Mon 09:20:01"}
    assert {row.revision for row in back.due} == {still.timer.revision}


def test_a_weekend_of_pause_costs_no_business_time():
    timer = begun(utc("2026-11-20 17:30"))
    back = resume(pause(timer, utc("2026-11-20 17:45")).timer, utc("2026-11-22 12:00")).timer
    assert back.due_at == utc("2026-11-23 09:45")


def test_a_warning_that_fired_does_not_come_back_after_a_pause():
    timer = begun()
    warned = fire(timer, "warning:75", FRIDAY + 45 * MINUTE).timer
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
    late = fire(timer, "breach", timer.due_at + SECOND).timer
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
    moved = fire(timer, "breach", FRIDAY + 15 * MINUTE + SECOND)
    assert actions(moved) == ["breached", "cancelled"]
    assert (moved.timer.state, moved.timer.breached_at) == ("cancelled", FRIDAY + 15 * MINUTE)
    assert moved.due == ()


def test_taking_note_stops_the_rungs_until_nothing_happens():
    timer = begun()
    late = fire(timer, "breach", timer.due_at + SECOND).timer
    quiet = acknowledge(late, FRIDAY + 70 * MINUTE).timer
    assert due(quiet) == {"rearm:1": "Fri 12:10:00"}
    again = fire(quiet, "rearm:1", FRIDAY + 130 * MINUTE)
    assert actions(again) == ["rearmed"]
    assert due(again.timer) == {"step:2.1": "Fri 14:10:00", "step:2.2": "Fri 15:10:00"}
    assert due(progress(quiet).timer) == {}
    assert acknowledge(timer, FRIDAY).timer == timer


def test_a_cancelled_clock_keeps_its_breach():
    late = fire(begun(), "breach", FRIDAY + HOUR + SECOND).timer
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
