"""The printed conditions of arrows and activities, and the facts they may read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from shared.conditions import BOOLEAN, INTEGER, NAMES, Field, Predicate, evaluate, names_of
from shared.playbook.fact_types import FACT_KINDS
from shared.playbook.types import ConditionTrace, FactTrace
from shared.vocabulary import ROLES

TOPICS: Final = "topics"
HAS_CENTRE: Final = "dealer.has_business_development_centre"


def available_path(role: str) -> str:
    """The path of how many staff of a role can take a customer now."""
    return f"available({role})"


READABLE: Final[Mapping[str, Field]] = {
    **{path: Field(kind) for path, kind in FACT_KINDS.items()},
    TOPICS: Field(NAMES),
    HAS_CENTRE: Field(BOOLEAN),
    **{available_path(role): Field(INTEGER) for role in ROLES},
}
"""Every path a condition may read."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A printed condition of an arrow or activity: its citation and what it asks of the facts."""

    condition_id: str
    source: str
    predicate: Predicate


def trace_condition(condition: Condition, read: Callable[[str], FactTrace]) -> ConditionTrace:
    """How the condition comes out, with every fact it looked at and the layer that knew it."""
    facts = {path: read(path) for path in names_of(condition.predicate)}
    met = evaluate(condition.predicate, lambda path: facts[path].value)
    return ConditionTrace(condition.condition_id, met, tuple(facts.values()))
