"""Conditions as data: a closed set of operators over declared names, read with three-valued logic as in SQL.

A mapping means all of its members, and each member tests one name:

    {visit.appointment: true}                            the value is this one
    {contact.first_receiver: {differs_from: after_sales}}  the value is known and another one
    {topics: [infotainment, charging]}                   the names meet these
    {order.expected_on: {later_than: order.promised_on}} the day is later than another
    {visit.waiting: {exceeds: available}}                the number is greater than another
    {any: [...]}, {all: [...]}, {not: {...}}             conditions combined
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

ValueKind = Literal["boolean", "integer", "text", "day", "names"]
BOOLEAN: Final = "boolean"
INTEGER: Final = "integer"
TEXT: Final = "text"
DAY: Final = "day"
NAMES: Final = "names"

Value = bool | int | str | date | tuple[str, ...] | frozenset[str]
Reader = Callable[[str], Value | None]
"""Looks a name up; None means that its value is unknown."""

_SCALARS: Final[Mapping[str, type]] = {BOOLEAN: bool, INTEGER: int, TEXT: str}
_ORDERED: Final[Mapping[str, ValueKind]] = {"later_than": DAY, "exceeds": INTEGER}


@dataclass(frozen=True, slots=True)
class Field:
    """What a name holds. `values`: the only names it may be compared with; None allows any."""

    kind: ValueKind
    values: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Equals:
    """The value is this one, or with `negated` a known other one."""

    name: str
    value: Value
    negated: bool = False


@dataclass(frozen=True, slots=True)
class HasAny:
    """The names of the value meet these."""

    name: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Exceeds:
    """One value is later or greater than another."""

    name: str
    other: str


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary; unknown stays unknown."""

    part: "Predicate"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when one part is; else unknown when one part is; else false, as without parts."""

    parts: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """False when one part is; else unknown when one part is; else true."""

    parts: tuple["Predicate", ...]


Predicate = Equals | HasAny | Exceeds | Not | AnyOf | AllOf
NEVER: Final = AnyOf(())


def parse_predicate(node: object, fields: Mapping[str, Field]) -> Predicate:
    """Compile a condition over these names. Raises ValueError naming what is not in the closed set."""
    if not isinstance(node, Mapping) or not node:
        raise ValueError(f"not a condition: {node!r}")
    parts = tuple(_parse_member(str(name), operand, fields) for name, operand in node.items())
    return parts[0] if len(parts) == 1 else AllOf(parts)


def evaluate(predicate: Predicate, read: Reader) -> bool | None:
    """True, false, or None when unknown values leave it open."""
    match predicate:
        case HasAny(name, names):
            value = read(name)
            return None if value is None else isinstance(value, tuple | frozenset) and not names.isdisjoint(value)
        case Equals(name, wanted, negated):
            value = read(name)
            return None if value is None else (value == wanted) is not negated
        case Exceeds(name, other):
            return _exceeds(read(name), read(other))
        case Not(part):
            met = evaluate(part, read)
            return None if met is None else not met
        case AnyOf(parts):
            return disjunction(evaluate(part, read) for part in parts)
        case AllOf(parts):
            return conjunction(evaluate(part, read) for part in parts)


def conjunction(parts: Iterable[bool | None]) -> bool | None:
    """And, three-valued."""
    known = True
    for met in parts:
        if met is False:
            return False
        known = known and met is not None
    return True if known else None


def disjunction(parts: Iterable[bool | None]) -> bool | None:
    """Or, three-valued."""
    known = True
    for met in parts:
        if met is True:
            return True
        known = known and met is not None
    return False if known else None


def leaves_of(predicate: Predicate) -> tuple[Equals | HasAny | Exceeds, ...]:
    """The comparisons a condition is made of, in its own order."""
    match predicate:
        case Not(part):
            return leaves_of(part)
        case AnyOf(parts) | AllOf(parts):
            return tuple(leaf for part in parts for leaf in leaves_of(part))
        case _:
            return (predicate,)


def names_of(predicate: Predicate) -> tuple[str, ...]:
    """The names a condition reads, in its own order, each once."""
    names = ((leaf.name, leaf.other) if isinstance(leaf, Exceeds) else (leaf.name,) for leaf in leaves_of(predicate))
    return tuple(dict.fromkeys(name for pair in names for name in pair))


def _parse_member(name: str, operand: Any, fields: Mapping[str, Field]) -> Predicate:
    if name == "not":
        return Not(parse_predicate(operand, fields))
    if name in ("any", "all") and isinstance(operand, list) and operand:
        parts = tuple(parse_predicate(part, fields) for part in operand)
        return AnyOf(parts) if name == "any" else AllOf(parts)
    if name not in fields:
        raise ValueError(f"a condition cannot read {name!r}")
    return _parse_comparison(name, operand, fields)


def _parse_comparison(name: str, operand: Any, fields: Mapping[str, Field]) -> Predicate:
    field = fields[name]
    match operand:
        case {"differs_from": value, **others} if not others and _is_value(field, value):
            return Equals(name, value, negated=True)
        case {**operator} if len(operator) == 1:
            return _parse_order(name, *next(iter(operator.items())), fields)
        case list(names) if field.kind == NAMES and names and _are_names(field, names):
            return HasAny(name, frozenset(names))
        case _ if _is_value(field, operand):
            return Equals(name, operand)
    raise ValueError(f"{operand!r} does not apply to {name}")


def _parse_order(name: str, operator: object, other: object, fields: Mapping[str, Field]) -> Predicate:
    kind = _ORDERED.get(str(operator))
    if kind is None or fields[name].kind != kind or other not in fields or fields[str(other)].kind != kind:
        raise ValueError(f"{operator} {other} does not apply to {name}")
    return Exceeds(name, str(other))


def _is_value(field: Field, value: object) -> bool:
    return type(value) is _SCALARS.get(field.kind)


def _are_names(field: Field, names: list[Any]) -> bool:
    return all(isinstance(one, str) for one in names) and (field.values is None or field.values.issuperset(names))


def _exceeds(value: Value | None, other: Value | None) -> bool | None:
    if value is None or other is None:
        return None
    return bool(value > other)  # type: ignore[operator]  # both sides have one kind, checked when parsed
