"""JSON Schemas in few words, and examples of what fits them. Pure."""

import json
from collections.abc import Mapping
from typing import Any, Final

Document = Mapping[str, Any]

_DEEPEST: Final = 4
_EXAMPLES: Final[Mapping[str, str]] = {
    "date-time": "2026-11-23T10:00:00Z",
    "date": "2026-11-23",
    "uri-reference": "/dms",
    "uri": "https://example.org/",
    "duration": "PT1H",
}


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
        if schema.get(choice) and "properties" not in schema:
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
