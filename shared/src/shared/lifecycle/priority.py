"""How pressing a task is, from what is known of the customer and the matter."""

from collections.abc import Collection, Mapping
from typing import Final

from shared.lifecycle.types import Priority
from shared.playbook.fact_types import Facts
from shared.playbook.routing.situation import Situation

RANKS: Final[Mapping[Priority, int]] = {"urgent": 0, "high": 1, "normal": 2}
"""The order of the lists."""

_URGENT_TOPICS: Final = frozenset({"accident", "breakdown", "recall"})
_HIGH_FACTS: Final = ("customer.vip", "customer.public_figure", "customer.frequent_service")


def priority_of(topics: Collection[str], facts: Facts, *, first_months: bool) -> Priority:
    """Urgent, high or normal. Topics and facts are those conditions read; what is unknown raises nothing."""
    if not _URGENT_TOPICS.isdisjoint(topics) or facts.get("problem.severity") == "serious":
        return "urgent"
    valued = first_months or any(facts.get(path) is True for path in _HIGH_FACTS)
    return "high" if valued or facts.get("feedback.sentiment") == "negative" else "normal"


def priority_in(situation: Situation) -> Priority:
    """How pressing the tasks of a situation are; facts are looked for in the event, the case and the profile."""
    read = {path: situation.view.read(path).value for path in (*_HIGH_FACTS, "problem.severity", "feedback.sentiment")}
    facts = {path: value for path, value in read.items() if value is not None}
    return priority_of(situation.topics, facts, first_months=situation.first_months)


def more_pressing(one: Priority, other: Priority) -> Priority:
    """The more pressing of two."""
    return min(one, other, key=RANKS.__getitem__)
