"""Requests with extremes in them, made of what the OpenAPI document says of bodies and parameters."""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Place = tuple[str | int, ...]
"""Where a field is in a body; 0 stands for an item of a list, `*` for a member of any name."""

MEMBER = "*"
_DEEPEST = 4
_CHOICES = ("anyOf", "oneOf", "allOf")


@dataclass(frozen=True)
class Body:
    """A body that an operation takes: its media type, an example, and its fields by place with what may stand there."""

    operation: str
    method: str
    path: str
    kind: str
    example: Any
    fields: Mapping[Place, frozenset[str]]


def bodies_of(document: Mapping[str, Any]) -> Iterator[Body]:
    """The bodies in JSON of every operation."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                if kind.endswith("json"):
                    fields = fields_of(document, content.get("schema", {}))
                    example = content.get("example", {})
                    yield Body(operation["operationId"], method, path, kind, example, fields)


def fields_of(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[Place, frozenset[str]]:
    """The fields of a schema by place, with what may stand there."""
    return dict(_fields(document, schema, (), ()))


def _fields(
    document: Mapping[str, Any], schema: Mapping[str, Any], at: Place, within: tuple[str, ...]
) -> Iterator[tuple[Place, frozenset[str]]]:
    schema, within = _resolved(document, schema, within)
    if len(at) > _DEEPEST:
        return
    for name in _CHOICES:
        for choice in schema.get(name, ()):
            yield from _fields(document, choice, at, within)
    inner = {(*at, name): one for name, one in schema.get("properties", {}).items()}
    for keyword, step in (("items", 0), ("additionalProperties", MEMBER)):
        if isinstance(schema.get(keyword), dict):
            inner[(*at, step)] = schema[keyword]
    for place, one in inner.items():
        yield place, frozenset(_types(document, one, within))
        yield from _fields(document, one, place, within)


def _types(document: Mapping[str, Any], schema: Mapping[str, Any], within: tuple[str, ...]) -> Iterator[str]:
    schema, within = _resolved(document, schema, within)
    for name in _CHOICES:
        for choice in schema.get(name, ()):
            yield from _types(document, choice, within)
    kinds = schema.get("type", ())
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        yield "word" if "enum" in schema or "const" in schema else kind
    if not schema.keys() & {"type", "enum", "const", *_CHOICES}:
        yield "string"


def _resolved(
    document: Mapping[str, Any], schema: Mapping[str, Any], within: tuple[str, ...]
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    if "$ref" not in schema:
        return schema, within
    name = schema["$ref"].rpartition("/")[2]
    return ({}, within) if name in within else (document["components"]["schemas"][name], (*within, name))


def with_value(body: Any, place: Place, value: Any) -> Any:
    """The body with this value at a place; what is missing on the way there is made."""
    whole = [copy.deepcopy(body)]
    into: Any = whole
    steps: Sequence[str | int] = (0, *place)
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        name = _step(into, step)
        if following is None:
            into[name] = value
        else:
            fresh: Any = [None] if following == 0 else {}
            if not isinstance(into[name] if name in _names(into) else None, type(fresh)) or not into[name]:
                into[name] = fresh
            into = into[name]
    return whole[0]


def _step(into: Any, step: str | int) -> Any:
    if step == MEMBER:
        return next(iter(into), "default")
    return step


def _names(into: Any) -> Any:
    return range(len(into)) if isinstance(into, list) else into


def parameters_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Each operation with each of its parameters: method, path, where the parameter stands, its name."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for parameter in operation.get("parameters", ()):
                yield method, path, parameter["in"], parameter["name"]


def filled(path: str, places: Mapping[str, str]) -> str:
    """The address of a path with the values of its parameters."""
    return re.sub(r"\{(\w+)\}", lambda found: places.get(found[1], "X-1"), path.partition("#")[0])
