"""The OpenAPI document: what a generator of clients and a reader of it need, of every route there is."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from journey_api.http.auth import SCOPES

pytestmark = pytest.mark.database

KEYLESS = ("/v1/callbacks", "/u/", "/v1/session")


def operations(app: FastAPI) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation, by its method and path."""
    for path, item in app.openapi()["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def test_every_answer_has_a_type(app: FastAPI) -> None:
    untyped = []
    for name, operation in operations(app):
        for status, response in operation["responses"].items():
            if status.startswith("2") and status != "204":
                for kind, body in response.get("content", {}).items():
                    schema = body.get("schema", {})
                    if not schema.keys() & {"$ref", "properties", "anyOf", "oneOf", "items"} and "json" in kind:
                        untyped.append(f"{name} {status}")
    assert untyped == [], "say in journey_api.docs.answers.routes what they answer"


def test_every_parameter_says_what_it_is(app: FastAPI) -> None:
    silent = {
        one["name"]
        for _, operation in operations(app)
        for one in operation.get("parameters", ())
        if not one.get("description")
    }
    assert silent == set(), "say in journey_api.docs.parameters what they mean"


def test_names_are_short_and_no_two_the_same(app: FastAPI) -> None:
    names = [operation["operationId"] for _, operation in operations(app)]
    assert len(set(names)) == len(names)
    assert [name for name in names if len(name) > 30 or "v1" in name] == []
    for name, operation in operations(app):
        assert all(operation.get(part) for part in ("tags", "summary", "description")), name


def test_routes_say_which_scopes_they_ask_for(app: FastAPI) -> None:
    for name, operation in operations(app):
        if any(part in name for part in KEYLESS):
            continue
        scopes = operation["x-scopes"]
        assert set(scopes) <= set(SCOPES), name
        assert all(scope in operation["description"] for scope in scopes), name
    assert dict(operations(app))["PUT /v1/dealers/{dealer_id}/customers/{customer_id}"]["x-scopes"] == ["events:write"]


def test_posts_may_be_repeated_and_records_have_versions(app: FastAPI) -> None:
    known = dict(operations(app))
    contact = [one["name"] for one in known["POST /v1/contacts"]["parameters"]]
    assert "Idempotency-Key" in contact
    assert "Idempotency-Key" not in [one["name"] for one in known["POST /v1/events"].get("parameters", ())]
    staff = known["PUT /v1/dealers/{dealer_id}/staff/{staff_id}"]
    assert "If-Match" in [one["name"] for one in staff["parameters"]]
    assert "ETag" in staff["responses"]["200"]["headers"]
    assert "ETag" in staff["responses"]["201"]["headers"]
