"""A case that is told one fact after the other."""

from dataclasses import replace
from datetime import timedelta

from sla_builders import FRIDAY, ids, policies

from shared.sla.deadlines import pending
from shared.sla.engine.case_timers import advance
from shared.sla.engine.due_actions import acknowledge, fire
from shared.sla.types import CaseTimers

MINUTE = timedelta(minutes=1)


class Case:
    """A case and its log, told one fact after the other."""

    def __init__(self, **dealer: object) -> None:
        self.policies = policies(**dealer)
        self.case_timers, self.log, self.new_id = CaseTimers(), [], ids()
        self.last = None

    def hear(self, *facts, now=None):
        for fact in facts:
            self.last = advance(self.case_timers, fact, self.policies, now or fact.occurred_at, self.new_id, self.log)
            self.case_timers = self.last.case_timers
            self.log.append(fact)
        return self

    def tick(self, until):
        """Fire what is due of the clocks, in order; answers when and what."""
        fired = []
        while rows := [row for timer in self.case_timers.timers for row in pending(timer) if row.fire_at <= until]:
            row = min(rows, key=lambda row: row.fire_at)
            timer = next(timer for timer in self.case_timers.timers if timer.timer_id == row.timer_id)
            self._keep(fire(timer, row.threshold, row.fire_at).timer)
            fired.append((f"{row.fire_at:%a %H:%M:%S}", f"{timer.rule} {row.threshold}"))
        return fired

    def run(self, rule: str, at):
        """Somebody who was told of a breach takes the case up."""
        moved = acknowledge(self.timer(rule), at)
        self._keep(moved.timer)
        return [event.action for event in moved.events]

    def _keep(self, timer):
        kept = (timer if timer.timer_id == old.timer_id else old for old in self.case_timers.timers)
        self.case_timers = replace(self.case_timers, timers=tuple(kept))

    def states(self) -> dict[str, str]:
        return {f"{t.rule} {t.target} {t.cycle}": t.state for t in self.case_timers.timers}

    def timer(self, rule: str, cycle: int = 1):
        return next(t for t in self.case_timers.timers if (t.rule, t.cycle) == (rule, cycle))


def heard(*facts, **dealer: object) -> Case:
    return Case(**dealer).hear(*facts)


def later(minutes: float):
    return FRIDAY + minutes * MINUTE
