"""The clocks of an appointment follow its record (T-05, T-23)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sla_builders import FRIDAY, ids, local, policies, utc

from shared.sla.deadlines import pending
from shared.sla.engine.appointment_timers import Appointment, follow, likelihood, withdraw
from shared.sla.engine.due_actions import fire
from shared.sla.engine.given_dates import stop_earlier
from shared.sla.engine.timer import stop

HOUR = timedelta(hours=1)
STARTS = FRIDAY + 2 * HOUR
VISIT = Appointment(
    dealer_id="lisboa-01",
    appointment_id="A-1",
    customer_id="C-1",
    case_id=None,
    kind="service",
    status="booked",
    starts_at=STARTS,
)
STORE = replace(VISIT, kind="store")


class Diary:
    """An appointment whose record is put again and again."""

    def __init__(self, **dealer):
        self.policies, self.new_id, self.timers = policies(**dealer), ids(), {}

    def put(self, appointment, at=FRIDAY):
        clocks = follow(appointment, self.timers.values(), self.policies, at, self.new_id)
        return self._keep((*clocks.started, *clocks.moved))

    def drop(self, at):
        return self._keep(withdraw(self.timers.values(), at, "A-1").moved)

    def tick(self, at):
        for timer in list(self.timers.values()):
            for row in pending(timer):
                if row.fire_at <= at:
                    now = self.timers[timer.timer_id]
                    self.timers[timer.timer_id] = fire(now, row.threshold, row.fire_at).timer

    def _keep(self, moves):
        self.timers |= {one.timer.timer_id: one.timer for one in moves}
        return [event.action for one in moves for event in one.events]

    def states(self):
        return {f"{one.rule} {one.cycle}": one.state for one in self.timers.values()}

    def of(self, rule, cycle=1):
        return next(one for one in self.timers.values() if (one.rule, one.cycle) == (rule, cycle))


def booked(appointment=VISIT, **dealer):
    diary = Diary(**dealer)
    diary.put(appointment)
    return diary


@pytest.mark.parametrize(
    ("kind", "rules"),
    [
        ("service", {"T-05", "T-23"}),
        ("store", {"T-23"}),
        ("test_drive", {"T-23"}),
        ("demo", {"T-23"}),
        ("delivery", {"T-23"}),
        ("collection", {"T-23"}),
        ("call_back", {"T-23"}),
    ],
)
def test_which_appointment_has_which_clocks(kind, rules):
    assert {one.rule for one in booked(replace(VISIT, kind=kind)).timers.values()} == rules


def test_when_they_are_due():
    diary = booked()
    received, finished = diary.of("T-23"), diary.of("T-05")
    assert (received.started_at, received.due_at) == (STARTS, STARTS + timedelta(minutes=5))
    assert (finished.started_at, finished.due_at) == (STARTS, STARTS + 24 * HOUR)
    assert {row.threshold: row.fire_at for row in pending(received)} == {
        "warning:75": STARTS + timedelta(minutes=3, seconds=45),
        "breach": STARTS + timedelta(minutes=5, seconds=1),
    }


def test_next_day_is_the_same_local_time_where_the_clocks_change():
    starts = local("2026-10-24 15:00", "Europe/Lisbon")
    diary = Diary()
    diary.put(replace(VISIT, starts_at=starts), starts)
    assert diary.of("T-05").due_at == local("2026-10-25 15:00", "Europe/Lisbon")
    assert diary.of("T-05").due_at - starts == 25 * HOUR


def test_a_visitor_is_received_at_any_hour():
    starts = local("2026-11-21 13:30", "Europe/Lisbon")
    diary = Diary()
    diary.put(replace(STORE, starts_at=starts), FRIDAY)
    assert diary.of("T-23").due_at == starts + timedelta(minutes=5)


def test_a_dealer_sets_its_own_time():
    diary = booked(STORE, sla={"T-23": {"duration": "PT15M"}})
    assert diary.of("T-23").due_at == STARTS + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("status", "states"),
    [
        ("confirmed", {"T-05 1": "running", "T-23 1": "running"}),
        ("arrived", {"T-05 1": "running", "T-23 1": "completed"}),
        ("started", {"T-05 1": "running", "T-23 1": "completed"}),
        ("done", {"T-05 1": "completed", "T-23 1": "completed"}),
        ("cancelled", {"T-05 1": "cancelled", "T-23 1": "cancelled"}),
        ("no_show", {"T-05 1": "cancelled", "T-23 1": "cancelled"}),
    ],
)
def test_what_a_status_does(status, states):
    diary = booked()
    diary.put(replace(VISIT, status=status), STARTS)
    assert diary.states() == states
    assert all(one.breached_at is None for one in diary.timers.values())


@pytest.mark.parametrize(("seconds", "breached"), [(-600, False), (300, False), (301, True)])
def test_received_in_the_second_it_is_due_is_in_time(seconds, breached):
    diary = booked(STORE)
    diary.put(replace(STORE, status="arrived"), STARTS + timedelta(seconds=seconds))
    assert (diary.of("T-23").breached_at is not None) == breached


def test_told_again_what_it_knows_nothing_changes():
    diary = booked()
    assert diary.put(VISIT, FRIDAY + HOUR) == []
    diary.put(replace(VISIT, status="started"), STARTS)
    assert diary.put(replace(VISIT, status="started"), STARTS + HOUR) == []
    assert diary.put(VISIT, STARTS + HOUR) == []


def test_a_moved_appointment_moves_its_clocks():
    diary = booked()
    assert set(diary.put(replace(VISIT, starts_at=STARTS + 24 * HOUR), FRIDAY + HOUR)) == {"corrected"}
    moved = diary.of("T-23")
    assert (moved.cycle, moved.started_at) == (1, STARTS + 24 * HOUR)
    assert moved.due_at == STARTS + 24 * HOUR + timedelta(minutes=5)
    assert moved.original_due_at == STARTS + timedelta(minutes=5)
    assert len(pending(moved)) == 2


def test_warned_already_and_moved_it_warns_again():
    diary = booked(STORE)
    diary.tick(STARTS + timedelta(minutes=4))
    assert diary.of("T-23").fired == {"warning:75"}
    diary.put(replace(STORE, starts_at=STARTS + HOUR), STARTS + timedelta(minutes=4))
    assert [row.threshold for row in pending(diary.of("T-23"))] == ["warning:75", "breach"]


def test_moved_after_its_breach_the_breach_stays_and_the_next_begins():
    diary = booked(STORE)
    diary.tick(STARTS + HOUR)
    diary.put(replace(STORE, starts_at=STARTS + 24 * HOUR), STARTS + HOUR)
    assert diary.states() == {"T-23 1": "cancelled", "T-23 2": "running"}
    assert diary.of("T-23").breached_at == STARTS + timedelta(minutes=5)


def test_moved_into_the_past_it_is_overdue_at_once():
    diary = booked(STORE)
    assert diary.put(replace(STORE, starts_at=FRIDAY - HOUR), FRIDAY) == ["corrected", "breached"]
    assert diary.of("T-23").on_attach


@pytest.mark.parametrize("change", [{"customer_id": "C-2"}, {"case_id": "case-1"}, {"customer_id": None}])
def test_of_another_customer_or_case_its_clocks_name_that_one(change):
    diary = booked()
    assert set(diary.put(replace(VISIT, **change), FRIDAY + HOUR)) == {"cancelled", "started"}
    assert diary.states() == {
        "T-05 1": "cancelled", "T-05 2": "running", "T-23 1": "cancelled", "T-23 2": "running",
    }  # fmt: skip
    now = {"customer_id": "C-1", "case_id": None, **change}
    for rule in ("T-05", "T-23"):
        assert {name: getattr(diary.of(rule, 2), name) for name in now} == now
    assert diary.put(replace(VISIT, **change), FRIDAY + HOUR) == []


def test_an_end_is_of_the_visit_that_was_under_way_or_the_next_of_its_day():
    begun = booked().of("T-05")
    ended = stop(begun, STARTS + HOUR).timer
    to_come = booked(replace(VISIT, starts_at=STARTS + 3 * HOUR)).of("T-05")
    tomorrow = booked(replace(VISIT, starts_at=STARTS + 24 * HOUR)).of("T-05")
    at = STARTS + 2 * HOUR
    assert likelihood(tomorrow, at) is None
    assert likelihood(begun, at) == likelihood(ended, at) > likelihood(to_come, at)
    assert likelihood(to_come, at) > likelihood(replace(to_come, started_at=STARTS + 4 * HOUR), at)
    next_day = STARTS + 25 * HOUR
    later = replace(to_come, started_at=STARTS + 26 * HOUR)
    assert likelihood(begun, next_day) > likelihood(later, next_day) > likelihood(ended, next_day)


def test_cancelled_and_booked_again_it_begins_anew():
    diary = booked(STORE)
    diary.put(replace(STORE, status="cancelled"), FRIDAY)
    assert diary.put(STORE, FRIDAY) == ["started"]
    assert diary.states() == {"T-23 1": "cancelled", "T-23 2": "running"}


def test_of_another_kind_the_visit_is_not_finished():
    diary = booked()
    diary.put(STORE, FRIDAY)
    assert diary.states() == {"T-05 1": "cancelled", "T-23 1": "running"}


def test_a_deleted_appointment_has_no_clocks():
    diary = booked()
    diary.drop(FRIDAY + HOUR)
    assert set(diary.states().values()) == {"cancelled"}


@pytest.mark.parametrize(("days", "rules"), [(29, {"T-23"}), (31, set())])
def test_old_appointments_of_an_import_have_none(days, rules):
    diary = Diary()
    diary.put(replace(STORE, starts_at=FRIDAY - timedelta(days=days)))
    assert {one.rule for one in diary.timers.values()} == rules


@pytest.mark.parametrize("status", ["done", "cancelled", "no_show"])
def test_one_that_is_over_when_it_is_heard_of_has_none(status):
    diary = Diary()
    diary.put(replace(VISIT, status=status, starts_at=FRIDAY - 2 * HOUR))
    assert diary.timers == {}


def test_who_answers_for_it():
    assert booked(STORE).of("T-23").owner.role == "salesperson"
    assert booked(VISIT).of("T-05").owner.role == "service_advisor"
    diary = booked(VISIT)
    assert set(diary.put(replace(VISIT, staff_id="S-7"), FRIDAY)) == {"owner_moved"}
    assert diary.of("T-05").owner.staff_id == "S-7"


def test_an_earlier_end_heard_of_late_corrects_the_verdict():
    finished = stop(booked().of("T-05"), STARTS + 30 * HOUR).timer
    assert finished.breached_at is not None
    corrected = stop_earlier(finished, STARTS + 3 * HOUR, STARTS + 40 * HOUR, "e-1")
    assert (corrected.timer.breached_at, corrected.timer.stopped_at) == (None, STARTS + 3 * HOUR)
    assert [event.action for event in corrected.events] == ["corrected"]
    assert stop_earlier(corrected.timer, STARTS + 4 * HOUR, utc("2026-11-25")).events == ()
