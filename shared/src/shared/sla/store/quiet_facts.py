"""Late events that move no clock: found without telling the whole case anew for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.ids import new_id
from shared.sla.engine.case_timers import NEVER, OrderKey
from shared.sla.engine.late_facts import moves_nothing, settled_since
from shared.sla.facts import EventSeen, Fact, order_key
from shared.sla.policy.policy import Policies
from shared.sla.types import CaseTimers, TimerChanges

TimersKey = tuple[str, str | None, str | None]
"""Dealer and case; for a fact of a task without a case, dealer and task."""


@dataclass(slots=True)
class _Told:
    """The facts of a case so far: the newest that moved one of its clocks, and the newest.

    `moved_at` None: the clocks are not as the facts would make them, told anew.
    """

    moved_at: OrderKey | None
    newest: OrderKey


class QuietFacts:
    """What a transaction knows of which facts moved clocks, case by case."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._told: dict[TimersKey, _Told] = {}

    def moves_nothing(
        self, key: TimersKey, case_timers: CaseTimers, fact: Fact, policies: Policies, log: Sequence[Fact]
    ) -> bool:
        """Whether a late event, and whatever came after it, moves no clock: told anew, all would stand as it does.

        `log`: all other facts of the case, which are told once for many such events.
        """
        if not isinstance(fact, EventSeen) or not moves_nothing(case_timers, fact, policies, self._now, new_id):
            return False
        if key not in self._told:
            moved_at = settled_since(case_timers, log, policies, self._now, new_id)
            self._told[key] = _Told(moved_at, max(map(order_key, log), default=NEVER))
        told = self._told[key]
        told.newest = max(told.newest, order_key(fact))
        return told.moved_at is not None and order_key(fact) > told.moved_at

    def note(self, key: TimersKey, before: CaseTimers, fact: Fact, change: TimerChanges, *, told_anew: bool) -> None:
        """Take it that a fact was told; one that is older than others leaves it open which of them move what."""
        told = self._told.get(key)
        if told is None:
            return
        if told_anew or order_key(fact) < told.newest:
            del self._told[key]
            return
        told.newest = order_key(fact)
        of_case = any(timer.subject == "case" for timer in (*change.created, *change.changed))
        if told.moved_at is not None and (of_case or change.case_timers.waiting != before.waiting):
            told.moved_at = told.newest
