"""The API's reference as it is shown, made from the OpenAPI and AsyncAPI documents. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Document = Mapping[str, Any]

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_DEEPEST: Final = 4
_EXAMPLES: Final[Mapping[str, str]] = {
    "date-time": "2026-11-23T10:00:00Z",
    "date": "2026-11-23",
    "uri-reference": "/dms",
    "uri": "https://example.org/",
    "duration": "PT1H",
}


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A parameter or a member: where it stands, what it may be, whether it has to be there."""

    name: str
    place: str
    type: str
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent in one media type, with an example."""

    media_type: str
    type: str
    fields: tuple[FieldRow, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back with a status."""

    status: str
    about: str
    type: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A route; `anchor` is its place on the page."""

    anchor: str
    method: str
    path: str
    summary: str
    about: str
    needs_key: bool
    parameters: tuple[FieldRow, ...]
    bodies: tuple[Body, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """A shape that routes name."""

    name: str
    about: str
    type: str
    fields: tuple[FieldRow, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of the bus with the records on it."""

    name: str
    about: str
    records: tuple[tuple[str, str], ...]


def routes_by_tag(document: Document) -> dict[str, list[Operation]]:
    """The operations under their first tag, in the order of the document; those without one under an empty name."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                operation = methods[method]
                tag = (operation.get("tags") or [""])[0]
                found.setdefault(tag, []).append(_operation(document, path, method, operation))
    return found


def schemas_of(document: Document) -> list[Schema]:
    """The named shapes, by name."""
    schemas = document["components"]["schemas"]
    return [
        Schema(name, one.get("description", ""), type_words(one), tuple(_members(one)))
        for name, one in sorted(schemas.items())
    ]


def topics_of(document: Document) -> list[Topic]:
    """The topics of an AsyncAPI document with the records that each carries."""
    messages = document["components"]["messages"]
    return [
        Topic(
            name,
            channel.get("summary", ""),
            tuple((one, messages[one].get("summary", "")) for one in channel["messages"]),
        )
        for name, channel in document["channels"].items()
    ]


def type_words(schema: Document) -> str:
    """What a value may be, in a few words: names of shapes, types, choices."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " | ".join(dict.fromkeys(type_words(one) for one in schema[choice]))
    if "allOf" in schema:
        return " & ".join(type_words(one) for one in schema["allOf"])
    return _plain_type(schema)


def example_of(schema: Document, document: Document, depth: int = 0) -> Any:
    """A value that fits a schema: its own example or default, else the simplest, with the required members only."""
    for given in ("example", "default", "const"):
        if schema.get(given) is not None:
            return schema[given]
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example_of(document["components"]["schemas"][name], document, depth + 1)
    for choice in ("anyOf", "oneOf", "allOf", "enum"):
        if schema.get(choice):
            first = schema[choice][0]
            return first if choice == "enum" else example_of(first, document, depth)
    return _plain_example(schema, document, depth)


def _plain_example(schema: Document, document: Document, depth: int) -> Any:
    match schema.get("type"):
        case "object":
            wanted = schema.get("required", ()) if depth < _DEEPEST else ()
            members = schema.get("properties", {})
            return {name: example_of(members[name], document, depth + 1) for name in wanted if name in members}
        case "array":
            return [example_of(schema["items"], document, depth + 1)] if "items" in schema and depth < _DEEPEST else []
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "null":
            return None
    return _EXAMPLES.get(schema.get("format", ""), "…")


def _plain_type(schema: Document) -> str:
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return " | ".join(kind)
    if kind == "array":
        return f"[{type_words(schema.get('items', {}))}]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping) and "properties" not in schema:
        return f"{{…: {type_words(schema['additionalProperties'])}}}"
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)


def _operation(document: Document, path: str, method: str, operation: Document) -> Operation:
    content = operation.get("requestBody", {}).get("content", {})
    return Operation(
        anchor=f"{method}{path}".replace("/", "-").replace("{", "").replace("}", ""),
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        about=operation.get("description", ""),
        needs_key=bool(operation.get("security")),
        parameters=tuple(
            FieldRow(
                one["name"],
                one["in"],
                type_words(one["schema"]),
                one.get("required", False),
                one.get("description", ""),
            )
            for one in operation.get("parameters", ())
        ),
        bodies=tuple(_body(document, kind, one["schema"]) for kind, one in content.items()),
        answers=tuple(_answers(document, operation.get("responses", {}))),
    )


def _body(document: Document, media_type: str, schema: Document) -> Body:
    named = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    example = json.dumps(example_of(schema, document), indent=1, ensure_ascii=False)
    return Body(media_type, type_words(schema), tuple(_members(named)), example)


def _members(schema: Document) -> Iterator[FieldRow]:
    required = schema.get("required", ())
    for name, member in schema.get("properties", {}).items():
        yield FieldRow(name, "", type_words(member), name in required, member.get("description", ""))


def _answers(document: Document, responses: Document) -> Iterator[Answer]:
    for status, named in sorted(responses.items()):
        name = named.get("$ref", "").rpartition("/")[2]
        response = document["components"]["responses"][name] if name else named
        schemas = [one["schema"] for one in response.get("content", {}).values() if one.get("schema")]
        yield Answer(status, response.get("description", ""), type_words(schemas[0]) if schemas else "")
