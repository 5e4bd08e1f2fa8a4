"""The API's reference as it is shown, made from the OpenAPI and AsyncAPI documents. Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from journey_api.console.schema_words import Document, example_of, type_words

_METHODS: Final = ("get", "post", "put", "patch", "delete")


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
        bodies=tuple(_body(document, kind, one) for kind, one in content.items()),
        answers=tuple(_answers(document, operation.get("responses", {}))),
    )


def _body(document: Document, media_type: str, content: Document) -> Body:
    schema = content["schema"]
    named = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    example = content.get("example", example_of(schema, document))
    if not isinstance(example, str):
        example = json.dumps(example, indent=1, ensure_ascii=False)
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
