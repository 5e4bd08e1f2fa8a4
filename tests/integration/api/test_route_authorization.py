"""No route of the API shows or changes anything of a dealer to a key of another one."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from event_posting import DEALER, Events
from fastapi import FastAPI
from sqlalchemy import text

from shared.db.engine import Database
from shared.db.schema import metadata

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]

MARK = "only-lisbon-knows"
"""Part of everything the first dealer has."""

PLUMBING = {"api_key", "idempotency", "consumer_position", "inbox", "clock_anchor", "feed_head", "feed"}
WITHOUT_A_KEY = re.compile(r"/(livez|readyz|metrics|openapi\.json|u/.*|v1/callbacks/.*)?$")
STREAMS = {"/v1/tasks/feed", "/v1/sla/feed"}


def operations(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation that needs a key."""
    paths = app.openapi()["paths"]
    return [
        (method.upper(), path, operation)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if not WITHOUT_A_KEY.match(path)
    ]


def body_for(schema: dict[str, Any], document: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """A body that fits a schema, with ids of the first dealer wherever an id is asked for."""
    if "$ref" in schema:
        return body_for(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document, name, depth + 1)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return body_for(schema[choice][0], document, name, depth)
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        wanted = [key for key in properties if key in schema.get("required", ()) or key.endswith("_id")]
        return {key: body_for(properties[key], document, key, depth + 1) for key in wanted}
    if schema.get("type") == "array":
        return [body_for(schema.get("items", {}), document, name.removesuffix("s") + "_id", depth)]
    if schema.get("type") in ("integer", "number"):
        return 1
    if schema.get("type") == "boolean":
        return True
    return _text(schema, name)


def _text(schema: dict[str, Any], name: str) -> str:
    if schema.get("format") == "date-time":
        return "2026-11-24T09:00:00Z"
    if schema.get("format") == "date":
        return "2026-11-24"
    return {"dealer_id": DEALER, "time_zone": "Europe/Lisbon"}.get(name, MARK)


def request_of(method: str, path: str, operation: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """A request to an operation that names only what is the first dealer's."""
    address = re.sub(r"\{(\w+)\}", lambda match: DEALER if match[1] in ("dealer_id", "d") else MARK, path)
    query = {
        parameter["name"]: DEALER if parameter["name"] == "dealer_id" else MARK
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and parameter["name"].endswith("_id")
    }
    required = {
        parameter["name"]: "2026"
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and parameter.get("required") and parameter["name"] not in query
    }
    request: dict[str, Any] = {"method": method, "url": address, "params": query | required}
    content = operation.get("requestBody", {}).get("content", {})
    kind = next(iter(content), None)
    if kind is not None:
        request["json"] = body_for(content[kind]["schema"], document)
        request["headers"] = {"content-type": kind}
    return request


async def snapshot(database: Database) -> dict[str, list[str]]:
    """Everything the database holds of the first dealer."""
    async with database.transaction() as connection:
        found = {}
        for name, table in metadata.tables.items():
            if name in PLUMBING or "dealer_id" not in table.c:
                continue
            statement = text(f"select t::text from {name} t where dealer_id = :dealer order by 1")
            found[name] = list((await connection.execute(statement, {"dealer": DEALER})).scalars())
        return found


@pytest.fixture
async def lisbon(admin: httpx.AsyncClient, events: Events) -> None:
    """The first dealer, with one of everything that can be put or posted."""
    base = f"/v1/dealers/{DEALER}"
    appointment = {"customer_id": MARK, "kind": "service", "starts_at": "2026-11-24T09:00:00Z"}
    for path, record in (
        ("staff", {"name": MARK, "roles": ["service_advisor"]}),
        ("customers", {"name": MARK}),
        ("vehicles", {"model": MARK, "customer_id": MARK}),
        ("appointments", appointment),
        ("orders", {"customer_id": MARK, "kind": "vehicle"}),
    ):
        answer = await admin.put(f"{base}/{path}/{MARK}", json=record)
        assert answer.status_code == 201, answer.text
    data = events.data(customer_id=MARK, case_id=MARK, note=MARK, vehicle={"vin": MARK})
    assert (await events.send(events.event(MARK, data=data))).status_code == 202


@pytest.mark.usefixtures("lisbon")
async def test_a_stranger_sees_and_changes_nothing(app: FastAPI, key_of: KeyOf, database: Database) -> None:
    scopes = ("events:write", "tasks:read", "tasks:write", "ops:read", "admin")
    stranger = await key_of(*scopes, dealers=("porto-01",))
    document, before = app.openapi(), await snapshot(database)
    failures = []
    for method, path, operation in operations(app):
        if path in STREAMS:
            continue
        request = request_of(method, path, operation, document)
        answer = await stranger.request(**request)
        echoed = str(request.get("json", "")) + request["url"] + str(request["params"])
        shown = [line for line in (MARK, DEALER) if line in answer.text and line not in echoed]
        seen = answer.status_code < 300 and (MARK in answer.text or DEALER in answer.text)
        if seen or shown or answer.status_code >= 500:
            failures.append((method, path, answer.status_code, answer.text[:200]))
    assert failures == []
    assert await snapshot(database) == before


@pytest.mark.usefixtures("lisbon")
async def test_addresses_of_a_dealer_do_not_exist_for_a_stranger(app: FastAPI, key_of: KeyOf) -> None:
    stranger = await key_of("admin", dealers=("porto-01",))
    document = app.openapi()
    walled = [one for one in operations(app) if "{" in one[1] and one[1] not in STREAMS]
    assert len(walled) > 10
    found = {}
    for method, path, operation in walled:
        answer = await stranger.request(**request_of(method, path, operation, document))
        found[method, path] = answer.status_code
    not_walled = {operation: status for operation, status in found.items() if status not in (404, 422)}
    assert not_walled == {}


async def test_every_route_but_the_open_ones_needs_a_key(app: FastAPI, client_of: Callable[..., Any]) -> None:
    document, nobody = app.openapi(), client_of(None)
    for method, path, operation in operations(app):
        answer = await nobody.request(**request_of(method, path, operation, document))
        assert answer.status_code == 401, (method, path)


@pytest.mark.usefixtures("lisbon")
async def test_operations_read_cases_and_timelines_and_change_none(app: FastAPI, key_of: KeyOf) -> None:
    operations_key, document = await key_of("ops:read"), app.openapi()
    found: dict[str, set[int]] = {"GET": set(), "POST": set()}
    for method, path, operation in operations(app):
        if "/cases" in path or path.endswith("/timeline"):
            reads = method == "GET"
            assert ("ops:read" in operation["x-scopes"]) == reads, (method, path)
            answer = await operations_key.request(**request_of(method, path, operation, document))
            found[method].add(answer.status_code)
    assert found == {"GET": {200, 404}, "POST": {403}}
