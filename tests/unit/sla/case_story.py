"""A case that is told one fact after the other."""

from datetime import timedelta

from sla_builders import FRIDAY, ids, policies

from shared.sla.casebook import advance
from shared.sla.values import Casebook

MINUTE = timedelta(minutes=1)


class Case:
    """A case and its log, told one fact after the other."""

    def __init__(self, **dealer: object) -> None:
        self.policies = policies(**dealer)
        self.book, self.log, self.new_id = Casebook(), [], ids()
        self.last = None

    def hear(self, *facts, now=None):
        for fact in facts:
            self.last = advance(self.book, fact, self.policies, now or fact.occurred_at, self.new_id, self.log)
            self.book = self.last.book
            self.log.append(fact)
        return self

    def states(self) -> dict[str, str]:
        return {f"{t.rule} {t.target} {t.cycle}": t.state for t in self.book.timers}

    def timer(self, rule: str, cycle: int = 1):
        return next(t for t in self.book.timers if (t.rule, t.cycle) == (rule, cycle))


def heard(*facts, **dealer: object) -> Case:
    return Case(**dealer).hear(*facts)


def later(minutes: float):
    return FRIDAY + minutes * MINUTE
