"""Facts as fields of a form: what may be chosen, and how what was chosen is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from journey_api.intake.event_facts import Facts
from shared.conditions import BOOLEAN, INTEGER, NAMES
from shared.playbook.fact_types import FACT_KINDS

PREFIX: Final = "facts["


@dataclass(frozen=True, slots=True)
class FactField:
    """A field named by a fact's path; `values` are its choices, empty where it is written freely."""

    path: str
    name: str
    label: str
    values: tuple[tuple[str, str], ...]


def choices_of(path: str) -> tuple[str, ...]:
    """What a fact may be, as a form sends it; empty: anything."""
    return ("true", "false") if FACT_KINDS[path] == BOOLEAN else _choices().get(path, ())


def read_facts(fields: Mapping[str, str]) -> dict[str, Any]:
    """The facts document of the fields `facts[group.leaf]`; what is left empty, or is no fact, is left out."""
    facts: dict[str, Any] = {}
    for name, value in fields.items():
        path = name.removeprefix(PREFIX).removesuffix("]")
        if not name.startswith(PREFIX) or path not in FACT_KINDS or not value:
            continue
        group, _, leaf = path.partition(".")
        if leaf:
            facts.setdefault(group, {})[leaf] = _read(path, value)
        else:
            facts[group] = _read(path, value)
    return facts


def _read(path: str, value: str) -> Any:
    kind = FACT_KINDS[path]
    if kind == BOOLEAN:
        return {"true": True, "false": False}.get(value, value)
    if kind == INTEGER:
        return int(value) if value.isdecimal() else value
    return [value] if kind == NAMES else value


@cache
def _choices() -> Mapping[str, tuple[str, ...]]:
    """The values of each fact that has a closed list of them, from the model of an event."""
    schema = Facts.model_json_schema()
    found: dict[str, tuple[str, ...]] = {}
    for group, part in schema["properties"].items():
        leaves = _resolved(schema, part).get("properties")
        pairs = {f"{group}.{leaf}": one for leaf, one in leaves.items()} if leaves else {group: part}
        found |= {path: values for path, one in pairs.items() if (values := _enumerated(schema, one))}
    return found


def _enumerated(schema: Mapping[str, Any], part: Mapping[str, Any]) -> tuple[str, ...]:
    one = _resolved(schema, part)
    if "items" in one:
        return _enumerated(schema, one["items"])
    return tuple(one.get("enum") or ([one["const"]] if "const" in one else ()))


def _resolved(schema: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of the schema without reference and without null beside it."""
    for one in part.get("anyOf", ()):
        if one.get("type") != "null":
            return _resolved(schema, one)
    if "$ref" in part:
        return _resolved(schema, schema["$defs"][part["$ref"].rpartition("/")[2]])
    return part
