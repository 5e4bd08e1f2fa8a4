"""Conditions in a closed set of operators over declared facts, read with three-valued logic as in SQL."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.playbook.fact_types import DAY, FACT_KINDS, INTEGER, NAMES, FactValue
from shared.playbook.types import ConditionTrace, FactTrace

Reader = Callable[[str], FactTrace]
"""Looks one path up through the layers."""

TOPICS: Final = "topics"
HAS_CENTRE: Final = "dealer.has_business_development_centre"
READABLE: Final = {**FACT_KINDS, TOPICS: NAMES, HAS_CENTRE: "boolean"}
"""Every path a predicate may name, beside `available(role)`."""


def available_path(role: str) -> str:
    """The path of how many staff of a role can take a customer now."""
    return f"available({role})"


@dataclass(frozen=True, slots=True)
class Equals:
    """The fact is this value, or with `negated` a known other one."""

    path: str
    value: FactValue
    negated: bool = False


@dataclass(frozen=True, slots=True)
class HasAny:
    """The names of the fact meet these."""

    path: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Exceeds:
    """One fact is later or greater than another."""

    path: str
    other: str


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary; unknown stays unknown."""

    part: "Predicate"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when one part is; else unknown when one part is; else false."""

    parts: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """False when one part is; else unknown when one part is; else true."""

    parts: tuple["Predicate", ...]


Predicate = Equals | HasAny | Exceeds | Not | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class Condition:
    """A printed condition of an arrow or activity: its citation and what it asks of the facts."""

    condition_id: str
    source: str
    predicate: Predicate


def parse_predicate(node: Mapping[str, Any]) -> Predicate:
    """Compile one predicate of `conditions.yaml`. Raises ValueError naming what is not in the closed set."""
    match dict(node):
        case {"any": list(parts), **rest} if not rest:
            return AnyOf(tuple(parse_predicate(part) for part in parts))
        case {"all": list(parts), **rest} if not rest:
            return AllOf(tuple(parse_predicate(part) for part in parts))
        case {"not": dict(part), **rest} if not rest:
            return Not(parse_predicate(part))
        case {"available": str(role), "equals": int(count), **rest} if not rest:
            return Equals(available_path(role), count)
        case {"fact": str(path), **operator} if path in READABLE and len(operator) == 1:
            return _comparison(path, *next(iter(operator.items())))
    raise ValueError(f"not a predicate: {node}")


def _comparison(path: str, operator: str, operand: Any) -> Predicate:
    kind = READABLE[path]
    match operator, kind:
        case ("equals", _) if kind != NAMES:
            return Equals(path, operand)
        case ("differs_from", _) if kind != NAMES:
            return Equals(path, operand, negated=True)
        case ("has_any", str(of)) if of == NAMES:
            return HasAny(path, frozenset(operand))
        case ("later_than", str(of)) if of == DAY and READABLE.get(operand) == DAY:
            return Exceeds(path, operand)
        case ("exceeds_available", str(of)) if of == INTEGER:
            return Exceeds(path, available_path(operand))
    raise ValueError(f"{operator} does not apply to {path}")


def evaluate(predicate: Predicate, read: Reader) -> bool | None:
    """True, false, or None when unknown facts leave it open."""
    match predicate:
        case Not(part):
            met = evaluate(part, read)
            return None if met is None else not met
        case AnyOf(parts):
            return disjunction(evaluate(part, read) for part in parts)
        case AllOf(parts):
            return conjunction(evaluate(part, read) for part in parts)
        case Exceeds(path, other):
            return _exceeds(read(path).value, read(other).value)
        case Equals(path, wanted, negated):
            value = read(path).value
            return None if value is None else (value == wanted) is not negated
        case HasAny(path, names):
            value = read(path).value
            return None if value is None else not names.isdisjoint(value if isinstance(value, tuple) else ())


def conjunction(parts: Iterator[bool | None]) -> bool | None:
    """And, three-valued."""
    outcomes = list(parts)
    if False in outcomes:
        return False
    return None if None in outcomes else True


def disjunction(parts: Iterator[bool | None]) -> bool | None:
    """Or, three-valued."""
    outcomes = list(parts)
    if True in outcomes:
        return True
    return None if None in outcomes else False


def paths_of(predicate: Predicate) -> tuple[str, ...]:
    """The paths a predicate reads, in its own order, each once."""
    match predicate:
        case Equals(path) | HasAny(path):
            return (path,)
        case Exceeds(path, other):
            return (path, other)
        case Not(part):
            return paths_of(part)
        case AnyOf(parts) | AllOf(parts):
            return tuple(dict.fromkeys(path for part in parts for path in paths_of(part)))


def trace_condition(condition: Condition, read: Reader) -> ConditionTrace:
    """How the condition comes out, with every fact it looked at and the layer that knew it."""
    facts = tuple(read(path) for path in paths_of(condition.predicate))
    return ConditionTrace(condition.condition_id, evaluate(condition.predicate, read), facts)


def _exceeds(value: FactValue | None, other: FactValue | None) -> bool | None:
    if value is None or other is None:
        return None
    return bool(value > other)  # type: ignore[operator]  # both sides have one kind, checked when parsed
