"""What the fields of a body ask of each other, as JSON Schema. Null is the same as left out."""

from typing import Final

from pydantic import JsonValue

_NULL: Final[JsonValue] = {"type": "null"}


def given(*names: str) -> dict[str, JsonValue]:
    """An object in which these members are there and not null."""
    return {"required": list(names), "properties": {name: {"not": _NULL} for name in names}}


def needs(name: str, other: str) -> dict[str, JsonValue]:
    """Where the one is given, the other is too."""
    return {"if": given(name), "then": given(other)}


def never_both(name: str, other: str) -> dict[str, JsonValue]:
    """At most one of the two is given."""
    return {"not": given(name, other)}


def exactly_one(name: str, other: str) -> dict[str, JsonValue]:
    """One of the two is given, and not the other."""
    return {"oneOf": [given(name), given(other)]}


def at_least_one(*names: str) -> dict[str, JsonValue]:
    """Some of them are given."""
    return {"anyOf": [given(name) for name in names]}


def all_of(*rules: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """An object's `json_schema_extra` that holds it to all of the rules."""
    return {"allOf": list(rules)}
