"""Whether a live clock would start otherwise today, and what it is when it is migrated to the policy in force."""

from dataclasses import replace
from datetime import date, datetime

from shared.calendar.business_time import HORIZON
from shared.calendar.durations import BusinessDays
from shared.calendar.open_intervals import local_date
from shared.calendar.opening_hours import Calendar
from shared.calendar.versions import splice
from shared.sla.engine import timer as machine
from shared.sla.policy.policy import Policies
from shared.sla.types import Snapshot, Timer, TimerTransition


def migrate_timer(timer: Timer, policies: Policies, now: datetime) -> TimerTransition | None:
    """The timer under the policy that is in force for its rule and its owner's role, and under hours that are coming.

    What ran before stays as it was counted; from `now` the present hours count, from its `effective_from` the calendar
    that is coming, where the timer runs so long (timers 5.1.9). None where nothing would change: it has that policy,
    only its version differs, or it has ended or is overdue. Raises CalendarExhausted.
    """
    policy = _with_coming(timer, _in_force(timer, policies, now), policies, now)
    if _alike(policy, timer.policy, now):
        return None
    moved = machine.migrate_policy(timer, policy, now)
    return None if moved.timer is timer else moved


def _in_force(timer: Timer, policies: Policies, now: datetime) -> Snapshot:
    """The present policy; days that have passed stay open or closed as they were."""
    policy = machine.policy_for(policies.snapshot(timer.rule, timer.target, timer.owner.role), timer)
    if isinstance(policy.target, BusinessDays):
        return _spliced(timer, timer.policy.calendar, policy, policy.calendar, now)
    return policy


def _with_coming(timer: Timer, policy: Snapshot, policies: Policies, now: datetime) -> Snapshot:
    coming = policies.coming_calendar(timer.rule, timer.owner.role)
    begins = coming.effective_from if coming is not None else None
    if coming is None or begins is None or not now < begins <= now + HORIZON:
        return policy
    if timer.state == "running" and machine.migrate_policy(timer, policy, now).timer.due_at <= begins:
        return policy
    return _spliced(timer, policy.calendar, policy, coming, begins)


def _spliced(timer: Timer, old: Calendar | None, policy: Snapshot, new: Calendar | None, at: datetime) -> Snapshot:
    """The policy with the hours of `old` up to `at`; those of another zone are not joined."""
    if old is None or new is None or old.zone != new.zone:
        return policy
    return replace(policy, calendar=splice(old, new, at, local_date(new, timer.started_at)))


def _alike(one: Snapshot, other: Snapshot, now: datetime) -> bool:
    """Every record a dealer writes is a version of its own; what counts is what the clocks have yet to read."""
    return _unnumbered(one, now) == _unnumbered(other, now)


def _unnumbered(policy: Snapshot, now: datetime) -> Snapshot:
    calendar = policy.calendar
    if calendar is not None:
        calendar = _hours_from(calendar, local_date(calendar, now))
    return replace(policy, version=0, calendar=calendar)


def _hours_from(calendar: Calendar, today: date) -> Calendar:
    ahead = {day: hours for day, hours in calendar.exceptions.items() if day >= today}
    told = {day: hours for day, hours in ahead.items() if hours != calendar.week[day.weekday()]}
    return replace(calendar, exceptions=told, name="", version=0, effective_from=None)
