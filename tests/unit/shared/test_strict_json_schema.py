"""The tests' own reader of JSON Schema finds what does not fit, and refuses what it does not know."""

from typing import Any

import pytest

from harness.json_schema import faults, malformed, resolve

DOCUMENT: dict[str, Any] = {
    "Person": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}},
    "Held": {
        "allOf": [
            {"$ref": "#/Person"},
            {"properties": {"since": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}}},
        ]
    },
}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "integer"}, 1, True),
        ({"type": "boolean"}, False, 0),
        ({"type": "null"}, None, 0),
        ({"enum": ["a", 1]}, 1, True),
        ({"const": "a"}, "a", "b"),
        ({"pattern": "^a"}, "ab", "ba"),
        ({"minLength": 2}, "ab", "a"),
        ({"maxLength": 1}, "a", "ab"),
        ({"minimum": 1}, 1, 0),
        ({"maximum": 1}, 1, 2),
        ({"items": {"type": "string"}}, ["a"], ["a", 1]),
        ({"required": ["a"]}, {"a": None}, {}),
        ({"properties": {"a": {"type": "string"}}}, {"b": 1}, {"a": 1}),
        ({"additionalProperties": False, "properties": {"a": {}}}, {"a": 1}, {"b": 1}),
        ({"additionalProperties": {"type": "string"}, "properties": {"a": {}}}, {"a": 1, "b": ""}, {"b": 1}),
        ({"propertyNames": {"enum": ["a"]}}, {"a": 1}, {"b": 1}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, None, 1),
        ({"allOf": [{"type": "string"}, {"const": "a"}]}, "a", "b"),
        ({"format": "date-time"}, "2026-11-23T10:00:00.1+01:00", "2026-11-23T10:00:00"),
        ({"format": "date-time"}, "2026-11-23T10:00:00Z", "2026-11-31T10:00:00Z"),
        ({"format": "date"}, "2026-11-23", "2026-02-30"),
        ({"format": "uri-reference"}, "/dealers/a", "/dealers/a b"),
        ({"$ref": "#/Person"}, {"name": "a", "age": 1}, {"name": ""}),
        ({"$ref": "#/Held"}, {"name": "a", "since": None}, {"since": None}),
        ({"$ref": "#/Held"}, {"name": "a"}, {"name": "a", "since": "today"}),
    ],
)
def test_what_fits_and_what_does_not(schema: dict[str, Any], good: Any, bad: Any) -> None:
    assert malformed(schema) == []
    assert faults(DOCUMENT, schema, good) == []
    assert faults(DOCUMENT, schema, bad)


def test_a_closed_reading_knows_the_members_of_all_parts() -> None:
    held = {"name": "a", "since": None}
    assert faults(DOCUMENT, {"$ref": "#/Held"}, held, closed=True) == []
    assert faults(DOCUMENT, {"$ref": "#/Held"}, {**held, "age": 1}, closed=True) == ["/age: nothing describes it"]
    inside = {"items": {"properties": {"a": {"$ref": "#/Person"}}}}
    assert faults(DOCUMENT, inside, [{"a": {**held}}], closed=True) == ["/0/a/since: nothing describes it"]


@pytest.mark.parametrize("schema", [{"contains": {}}, {"format": "idn-email"}])
def test_what_is_unknown_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="unknown"):
        faults(DOCUMENT, schema, "a")


@pytest.mark.parametrize(
    "schema",
    [
        1,
        {"contains": {}},
        {"type": "text"},
        {"enum": []},
        {"enum": ["a", "a"]},
        {"required": "a"},
        {"properties": {"a": {"minimum": "1"}}},
        {"anyOf": []},
        {"items": [{"type": "string"}]},
        {"additionalProperties": {"type": 1}},
    ],
)
def test_what_is_no_schema(schema: Any) -> None:
    assert malformed(schema)


def test_a_reference_to_nothing_is_an_error() -> None:
    assert resolve({"a": {"b/c": 1}}, "#/a/b~1c") == 1
    for reference in ("#/nobody", "other.json#/a"):
        with pytest.raises(KeyError):
            resolve(DOCUMENT, reference)
