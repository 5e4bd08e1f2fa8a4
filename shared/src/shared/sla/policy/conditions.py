"""Conditions of time rules: data over a closed set of names, read from one fact and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.sla.fact_names import NAMES, View


@dataclass(frozen=True, slots=True)
class Is:
    """True when the fact gives `name` one of `values`."""

    name: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Every:
    """True when every part is."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """True when some part is; without parts never."""

    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """True when its part is not."""

    part: "Condition"


Condition = Is | Every | Some | Not
NEVER = Some()


def read_condition(data: object) -> Condition:
    """Read a condition from data. Raises ValueError for a name or value that does not exist."""
    if data is None:
        return NEVER
    if not isinstance(data, Mapping) or not data:
        raise ValueError(f"not a condition: {data!r}")
    parts = tuple(_read_part(str(name), value) for name, value in data.items())
    return parts[0] if len(parts) == 1 else Every(parts)


def holds(condition: Condition, view: View) -> bool:
    """Whether the condition is true of what a fact says."""
    match condition:
        case Is(name, values):
            return not values.isdisjoint(view.get(name, frozenset()))
        case Every(parts):
            return all(holds(part, view) for part in parts)
        case Some(parts):
            return any(holds(part, view) for part in parts)
        case Not(part):
            return not holds(part, view)


def _read_part(name: str, value: Any) -> Condition:
    if name == "not":
        return Not(read_condition(value))
    if name in ("any", "all"):
        parts = tuple(read_condition(part) for part in value)
        return Some(parts) if name == "any" else Every(parts)
    if name not in NAMES:
        raise ValueError(f"a condition cannot read {name!r}")
    unknown = sorted(set(value) - set(NAMES[name]))
    if unknown or not value:
        raise ValueError(f"{name} has no value {unknown}")
    return Is(name, frozenset(value))
