"""Whether a late fact moves any clock: where it does not, the story of its case need not be told anew."""

from collections.abc import Callable, Iterable
from datetime import datetime

from shared.sla.engine.apply_fact import apply_fact
from shared.sla.engine.case_timers import NEVER, OrderKey, kept_policies, opened_with, tell_anew
from shared.sla.facts import Fact
from shared.sla.policy.policy import Policies
from shared.sla.types import CaseTimers


def settled_since(
    case_timers: CaseTimers, log: Iterable[Fact], policies: Policies, now: datetime, new_id: Callable[[], str]
) -> OrderKey | None:
    """The newest of all facts of the case that moved one of its clocks, the earliest key there is where none did.

    None: telling them anew would correct what is stored.
    """
    facts = list(log)
    if not facts:
        return NEVER if not case_timers.timers else None
    changes, moved_at = tell_anew(case_timers, facts, policies, now, new_id)
    return None if changes.created or changes.changed or changes.events else moved_at


def moves_nothing(
    case_timers: CaseTimers, fact: Fact, policies: Policies, now: datetime, new_id: Callable[[], str]
) -> bool:
    """Whether the fact, told as things stand, leaves every clock of the case and its tasks as it is."""
    application = opened_with(case_timers, kept_policies({}, policies), new_id)
    apply_fact(application, fact, now)
    as_before = {timer.key: timer for timer in case_timers.timers} == application.timers
    return as_before and not application.events and not application.exhausted
