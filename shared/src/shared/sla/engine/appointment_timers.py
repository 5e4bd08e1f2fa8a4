"""The clocks of an appointment: a visitor is received (T-23), a service visit is finished by next day (T-05). Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.calendar.business_time import CalendarExhausted
from shared.calendar.open_intervals import local_date
from shared.sla.deadlines import whole
from shared.sla.engine import timer as machine
from shared.sla.engine.given_dates import reschedule
from shared.sla.fact_view import holds
from shared.sla.facts import Owner
from shared.sla.policy.policy import Policies
from shared.sla.policy.rules import Rule, load_rules
from shared.sla.types import Identity, Timer, TimerTransition

GONE: Final = frozenset({"cancelled", "no_show"})
"""The statuses in which nobody is expected any more."""

LIVE_FOR: Final = timedelta(days=30)
"""How long ago an appointment may have begun to have clocks, when we first hear of it (timers 5.7)."""

_SERVICE: Final = frozenset({"service", "collection"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """An appointment as its clocks see it. `starts_at` is an instant, `staff_id` who expects the visitor."""

    dealer_id: str
    appointment_id: str
    customer_id: str | None
    case_id: str | None
    kind: str
    status: str
    starts_at: datetime
    staff_id: str | None = None

    @property
    def owner(self) -> Owner:
        """Who answers for its clocks: who expects the visitor, else the role whose customers they are."""
        return Owner("service_advisor" if self.kind in _SERVICE else "salesperson", self.staff_id)


@dataclass(frozen=True, slots=True)
class AppointmentClocks:
    """What becomes of an appointment's clocks: those that begin, and those that change."""

    started: tuple[TimerTransition, ...] = ()
    moved: tuple[TimerTransition, ...] = ()


def appointment_rules() -> tuple[Rule, ...]:
    """The rules whose clocks are of appointments."""
    return tuple(one for one in load_rules().values() if one.effect == "clock" and one.subject == "appointment")


def follow(
    appointment: Appointment, timers: Iterable[Timer], policies: Policies, now: datetime, new_id: Callable[[], str]
) -> AppointmentClocks:
    """Bring the clocks of an appointment to what its record says.

    `timers`: all it has had. A clock is there from the booking and begins at `starts_at`. Another `starts_at` moves
    one that is not breached; a breached one, or one of another customer or case, is left and the next begins. Told
    again what it knows it changes nothing. Where a calendar has no hours left for one, it is left as it is.
    """
    held = sorted(timers, key=lambda one: one.cycle)
    started: list[TimerTransition] = []
    moved: list[TimerTransition] = []
    for rule in appointment_rules():
        cycles = [one for one in held if one.rule == rule.rule]
        with suppress(CalendarExhausted):
            for one, new in _of_rule(rule, appointment, cycles, policies, now, new_id):
                (started if new else moved).append(one)
    return AppointmentClocks(tuple(started), tuple(moved))


def rules_to_come(appointment: Appointment, now: datetime) -> tuple[str, ...]:
    """The rules of which an appointment that is still to begin has a clock."""
    if appointment.starts_at <= now:
        return ()
    return tuple(rule.rule for rule in appointment_rules() if not _is_over(rule, appointment))


def withdraw(timers: Iterable[Timer], now: datetime, cause: str) -> AppointmentClocks:
    """The appointment is no more."""
    return AppointmentClocks(moved=tuple(machine.cancel(one, now, cause) for one in timers if one.live))


def likelihood(visit: Timer, at: datetime) -> tuple[int, float] | None:
    """How likely an end at `at` is that of this visit, to compare; None: of one to come on another day.

    First those under way then or begun that day, the newest; then those still to begin that day, the next; then those
    that had ended. Days are those of the dealer.
    """
    begin = visit.started_at
    calendar = visit.policy.calendar
    same_day = calendar is not None and local_date(calendar, begin) == local_date(calendar, at)
    if begin > at:
        return (1, -begin.timestamp()) if same_day else None
    under_way = visit.live or visit.stopped_at is None or visit.stopped_at >= whole(at)
    return (2 if under_way or same_day else 0), begin.timestamp()


def _of_rule(
    rule: Rule,
    appointment: Appointment,
    cycles: Sequence[Timer],
    policies: Policies,
    now: datetime,
    new_id: Callable[[], str],
) -> Iterator[tuple[TimerTransition, bool]]:
    last, cause = (cycles[-1] if cycles else None), appointment.appointment_id
    live = last if last is not None and last.live else None
    start = whole(appointment.starts_at)
    if _is_over(rule, appointment):
        if live is not None:
            ends = machine.cancel if appointment.status in GONE or _is_another(rule, appointment) else machine.stop
            yield ends(live, now, cause), False
    elif live is None:
        known = last is not None and last.state == "completed" and last.started_at == start
        if not known and now - start <= LIVE_FOR:
            yield _begun(rule, appointment, len(cycles) + 1, policies, now, new_id), True
    elif _whose(live) != _whose(appointment):
        yield machine.cancel(live, now, cause), False
        if now - start <= LIVE_FOR:
            yield _begun(rule, appointment, len(cycles) + 1, policies, now, new_id), True
    elif live.started_at == start:
        if live.owner != appointment.owner:
            yield machine.move_owner(live, appointment.owner, now, cause), False
    elif live.breached_at is None and whole(now) <= live.due_at:
        yield reschedule(live, start, now, cause), False
    else:
        yield machine.cancel(live, now, cause), False
        yield _begun(rule, appointment, len(cycles) + 1, policies, now, new_id), True


def _whose(one: Appointment | Timer) -> tuple[str | None, str | None]:
    return one.customer_id, one.case_id


def _is_over(rule: Rule, appointment: Appointment) -> bool:
    done = holds(rule.when.stop, {"record_status": frozenset({appointment.status})})
    # who is finished has been received
    received = appointment.status == "done"
    return done or received or appointment.status in GONE or _is_another(rule, appointment)


def _is_another(rule: Rule, appointment: Appointment) -> bool:
    kinds = rule.trigger.kinds if rule.trigger is not None else ()
    return bool(kinds) and appointment.kind not in kinds


def _begun(
    rule: Rule,
    appointment: Appointment,
    cycle: int,
    policies: Policies,
    now: datetime,
    new_id: Callable[[], str],
) -> TimerTransition:
    assert rule.target is not None, "a clock has a target"
    identity = Identity(
        timer_id=new_id(),
        dealer_id=appointment.dealer_id,
        customer_id=appointment.customer_id,
        case_id=appointment.case_id,
        rule=rule.rule,
        target=rule.target,
        subject="appointment",
        subject_id=appointment.appointment_id,
        cycle=cycle,
    )
    policy = policies.snapshot(rule.rule, rule.target, appointment.owner.role)
    at, owner, cause = appointment.starts_at, appointment.owner, appointment.appointment_id
    return machine.start(identity, policy, at=at, now=now, owner=owner, cause=cause)
