"""The OpenAPI document walked whole: what a generator of clients and a reader of it need, of every route there is."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import jsonschema
import pytest

from journey_api.http.auth import SCOPES
from journey_api.main import create_app
from journey_api.settings import ApiSettings
from shared.clock import real_now
from shared.db.engine import Database

KEYLESS: Final = ("/v1/callbacks", "/u/", "/v1/session")
UNREPEATED: Final = ("/v1/events", "/v1/callbacks", "/v1/session", "/v1/feed-tickets", "/u/")
"""The POSTs that take no `Idempotency-Key`: events have a key of their own, the others are not the API's clients'."""

WITHOUT_VERSION: Final = ("/v1/keys", "/v1/session", "/v1/me")
OF_PROVIDERS: Final = ("/v1/callbacks", "/u/")
FREE: Final = {"JsonValue"}
"""What may be anything: a customer's `attributes`."""


@pytest.fixture(scope="module")
def document() -> Mapping[str, Any]:
    """The document; nothing of it needs the database."""
    database = Database("postgresql+asyncpg://nobody@localhost:1/none")
    return create_app(database, real_now, ApiSettings()).openapi()


@pytest.fixture(scope="module")
def operations(document: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Every operation, by its method and path."""
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def untyped(schema: Mapping[str, Any], place: str) -> Iterator[str]:
    """The places in a schema that say nothing of what is there."""
    kind = schema.get("type")
    said = schema.keys() & {"$ref", "type", "enum", "const", "anyOf", "oneOf", "allOf"}
    values = schema.get("additionalProperties")
    if not said:
        yield f"{place}: anything"
    elif kind == "object" and "properties" not in schema and not isinstance(values, Mapping):
        yield f"{place}: any object"
    elif kind == "array" and not schema.keys() & {"items", "prefixItems"}:
        yield f"{place}: any array"
    for name, part in schema.get("properties", {}).items():
        yield from untyped(part, f"{place}/{name}")
    for name in ("items", "additionalProperties", "contentSchema"):
        if isinstance(schema.get(name), Mapping):
            yield from untyped(schema[name], f"{place}/{name}")
    for part in (*schema.get("prefixItems", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if part.keys() != {"properties", "required"}:
            yield from untyped(part, place)


def bodies(operation: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every body of an operation that is described on the spot: `request` or a status, its media type, its content."""
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield "request", kind, content
    for status, response in operation["responses"].items():
        for kind, content in response.get("content", {}).items():
            yield status, kind, content


def test_every_body_has_a_type_and_nothing_in_it_is_just_an_object(
    document: Mapping[str, Any], operations: Mapping[str, Mapping[str, Any]]
) -> None:
    found = [
        one
        for name, schema in document["components"]["schemas"].items()
        if name not in FREE
        for one in untyped(schema, name)
    ]
    for name, operation in operations.items():
        for where, kind, content in bodies(operation):
            found += untyped(content.get("schema", {}), f"{name} {where} {kind}")
        for status, response in operation["responses"].items():
            if status.startswith("2") and status != "204" and not response.get("content"):
                found.append(f"{name} {status}: no body")
        for one in operation.get("parameters", ()):
            found += untyped(one["schema"], f"{name} ?{one['name']}")
    assert [one for one in found if one != "POST /v1/callbacks/whatsapp 200: no body"] == []


def test_records_of_feeds_have_schemas(
    document: Mapping[str, Any], operations: Mapping[str, Mapping[str, Any]]
) -> None:
    shapes = {
        name: operation["responses"]["200"]["content"]["text/event-stream"]["schema"]["contentSchema"]["$ref"]
        for name, operation in operations.items()
        if name.endswith("/feed")
    }
    assert shapes.keys() == {"GET /v1/tasks/feed", "GET /v1/sla/feed"}
    assert all(shape.rpartition("/")[2] in document["components"]["schemas"] for shape in shapes.values())


def test_every_field_of_a_dealer_says_what_it_is(document: Mapping[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in ("Dealer", "DealerPatch", "Sender", "Patience", "Throttle", "Quality", "ChainStep", "DealerTables"):
        silent = {
            field
            for field, part in schemas[name]["properties"].items()
            if not part.get("description") and "$ref" not in part
        }
        assert silent - {"to_role", "after"} == set(), name
        assert schemas[name]["description"]


def test_every_parameter_says_what_it_is(operations: Mapping[str, Mapping[str, Any]]) -> None:
    silent = {
        one["name"]
        for operation in operations.values()
        for one in operation.get("parameters", ())
        if not one.get("description")
    }
    assert silent == set(), "say in journey_api.docs.parameters what they mean"


def test_names_are_short_and_no_two_the_same(
    document: Mapping[str, Any], operations: Mapping[str, Mapping[str, Any]]
) -> None:
    names = [operation["operationId"] for operation in operations.values()]
    assert len(set(names)) == len(names)
    assert [name for name in names if len(name) > 30 or "v1" in name] == []
    tags = {tag["name"] for tag in document["tags"]}
    for name, operation in operations.items():
        assert all(operation.get(part) for part in ("tags", "summary", "description")), name
        assert set(operation["tags"]) <= tags, name
    assert all(tag["description"] for tag in document["tags"])


def test_routes_say_which_scopes_they_ask_for(operations: Mapping[str, Mapping[str, Any]]) -> None:
    for name, operation in operations.items():
        if any(part in name for part in KEYLESS):
            continue
        scopes = operation["x-scopes"]
        assert set(scopes) <= set(SCOPES), name
        assert all(scope in operation["description"] for scope in scopes), name
        assert operation["security"], name
    assert operations["PUT /v1/dealers/{dealer_id}/customers/{customer_id}"]["x-scopes"] == ["events:write"]


def test_posts_may_be_repeated_and_records_have_versions(operations: Mapping[str, Mapping[str, Any]]) -> None:
    for name, operation in operations.items():
        method, _, path = name.partition(" ")
        parameters = {one["name"] for one in operation.get("parameters", ())}
        repeated = method == "POST" and not path.startswith(UNREPEATED)
        assert ("Idempotency-Key" in parameters) == repeated, name
        if method in ("PUT", "PATCH", "DELETE") and not path.startswith(WITHOUT_VERSION):
            assert "If-Match" in parameters, name
        if "If-Match" in parameters:
            assert "412" in operation["responses"], name
            for status, response in operation["responses"].items():
                if status.startswith("2") and status != "204":
                    assert "ETag" in response["headers"], name


def test_reasons_and_outcomes_are_lists_of_words(document: Mapping[str, Any]) -> None:
    fields = document["components"]["schemas"]["ActionBody"]["properties"]
    listed = {one["title"]: one["enum"] for one in fields["reason"]["anyOf"] if "enum" in one}
    assert listed.keys() == {"DeclineReason", "WaitReason"}
    assert "not_my_skill" in listed["DeclineReason"]
    assert "third_party" in listed["WaitReason"]
    assert "customer_answered" in fields["outcome"]["anyOf"][0]["enum"]


@pytest.mark.parametrize(
    ("name", "body", "fits"),
    [
        ("MessageBody", {"staff_id": "S", "kind": "update", "case_id": "K", "text": "x"}, True),
        ("MessageBody", {"staff_id": "S", "kind": "update", "case_id": "K", "task_id": "T", "text": "x"}, False),
        ("MessageBody", {"staff_id": "S", "kind": "update", "case_id": "K", "task_id": None, "text": "x"}, True),
        ("MessageBody", {"staff_id": "S", "kind": "update", "case_id": "K"}, False),
        ("BackedBy", {}, False),
        ("BackedBy", {"order": "O", "appointment": None}, True),
        ("Lead", {"name": "Ana"}, False),
        ("Lead", {"name": "Ana", "telephone": "912 345 678"}, True),
        ("ActionBody", {"staff_id": "S", "to_staff_id": "S", "to_role": "salesperson"}, False),
        ("Holidays", {"subdivision": "11"}, False),
        ("Holidays", {"subdivision": "11", "country": "PT"}, True),
    ],
)
def test_what_goes_together_is_said(document: Mapping[str, Any], name: str, body: Any, fits: bool) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", **document}
    assert jsonschema.Draft202012Validator(schema).is_valid(body) is fits


def test_every_body_has_an_example_that_fits_it(
    document: Mapping[str, Any], operations: Mapping[str, Mapping[str, Any]]
) -> None:
    checked = 0
    for name, operation in operations.items():
        if name.partition(" ")[2].startswith(OF_PROVIDERS):
            continue
        for where, kind, content in bodies(operation):
            if where == "request":
                jsonschema.Draft202012Validator({**document, **content["schema"]}).validate(content["example"])
                checked += kind.endswith("json")
    assert checked > 30
