"""What becomes of a case's clocks when another role answers for them: keep, restart, retroactive (timers 5.1.8). Pure.

Only the hours depend on the role: no target here depends on the priority, and a dealer is one site.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from shared.sla.engine.fact_application import TimerKey
from shared.sla.facts import Fact, Owner, OwnerMoved
from shared.sla.policy.policy import Policies
from shared.sla.types import Snapshot, Timer

RETROACTIVE: Final = "retroactive"
"""What the correction of a timer that was worked out from its start says in its `detail`."""


def restart_policy(policies: Policies, timer: Timer, owner: Owner) -> Snapshot | None:
    """The policy under which a timer counts anew that `owner` takes over; None: it goes on as it is."""
    changes = timer.owner.role != owner.role and policies.on_change_of(timer.rule) == "restart"
    return _in_hours_of(policies, timer, owner) if changes else None


def retroactive_policies(timers: Iterable[Timer], fact: Fact, policies: Policies) -> Mapping[TimerKey, Snapshot]:
    """The policies that live timers of the case would have started with, had this owner's role answered from the start.

    A breached timer keeps its own, and so does one whose hours are the same.
    """
    if not isinstance(fact, OwnerMoved):
        return {}
    moved = (
        timer
        for timer in timers
        if timer.subject == "case" and timer.live and timer.breached_at is None and timer.owner.role != fact.owner.role
    )
    found = {
        timer.key: _in_hours_of(policies, timer, fact.owner)
        for timer in moved
        if policies.on_change_of(timer.rule) == "retroactive"
    }
    return {timer.key: found[timer.key] for timer in timers if timer.key in found and found[timer.key] != timer.policy}


def is_retroactive(policies: Policies, fact: Fact) -> bool:
    """Whether the fact may have clocks worked out from their start, for which all facts of the case are needed."""
    return isinstance(fact, OwnerMoved) and any(one.on_change == "retroactive" for one in policies.overrides.values())


def _in_hours_of(policies: Policies, timer: Timer, owner: Owner) -> Snapshot:
    """The policy the timer has, in the hours of the owner's role as they are now."""
    return replace(timer.policy, calendar=policies.calendar_for(timer.rule, owner.role))
