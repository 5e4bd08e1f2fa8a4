"""Whether a live clock would start otherwise today, and what it is when it is migrated to the policy in force."""

from dataclasses import replace
from datetime import datetime

from shared.calendar.opening_hours import Calendar
from shared.sla.engine import timer as machine
from shared.sla.policy.policy import Policies
from shared.sla.types import Snapshot, Timer, TimerTransition


def migrate_timer(timer: Timer, policies: Policies, now: datetime) -> TimerTransition | None:
    """The timer under the policy that is in force for its rule and its owner's role.

    None where nothing would change: it has that policy, only its version differs, or it has ended or is overdue.
    Raises CalendarExhausted.
    """
    policy = policies.snapshot(timer.rule, timer.target, timer.owner.role)
    if _alike(machine.policy_for(policy, timer), timer.policy):
        return None
    moved = machine.migrate_policy(timer, policy, now)
    return None if moved.timer is timer else moved


def _alike(one: Snapshot, other: Snapshot) -> bool:
    """Every record a dealer writes is a version of its own; what counts is what the clocks read."""
    return _unnumbered(one) == _unnumbered(other)


def _unnumbered(policy: Snapshot) -> Snapshot:
    return replace(policy, version=0, calendar=_hours(policy.calendar))


def _hours(calendar: Calendar | None) -> Calendar | None:
    return None if calendar is None else replace(calendar, name="", version=0, effective_from=None)
