"""What every route's description has in common: scopes, headers, its short name, its answer."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from journey_api.access.authenticated_route import KeyedRoute
from journey_api.access.dependencies import Requires
from journey_api.docs.answers.routes import answer_of
from journey_api.docs.answers.schemas import body_of
from journey_api.docs.parameters import describe_parameters
from journey_api.docs.request_bodies import request_of
from journey_api.http.request_body import JSON
from journey_api.reference.collections import Kind

_IDEMPOTENCY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "A request sent again with the same key is answered as the first one was, for 24 hours; another"
    " body under the key is 422, one that is still at work 409.",
}
_VERSIONED: Final = (
    *("get /v1/tasks/{task_id}", "post /v1/handoffs"),
    *("get /v1/promises/{promise_id}", "post /v1/promises"),
    "post /v1/dealers/{dealer_id}/customers/{customer_id}/merge",
    "get /v1/dealers/{dealer_id}/templates/{name}/{locale}",
)
"""The routes that answer one thing with its version and ask no `If-Match`, beside those that read a record."""

_ETAG: Final = {"description": "The record's version, for `If-Match`.", "schema": {"type": "string"}}


def operation_id(route: APIRoute) -> str:
    """A route's name as clients call it: `put_customer`."""
    return re.sub(r"\W+", "_", route.name).strip("_").lower()


def describe_route(route: APIRoute, method: str, operation: dict[str, Any]) -> None:
    """Add to an operation what its route says."""
    operation["operationId"] = operation_id(route)
    if isinstance(route, KeyedRoute):
        scopes = sorted(set(_scopes_of(route.dependant)))
        operation["security"] = [{"key": []}, {"session": []}]
        operation["x-scopes"] = scopes
        said = " or ".join(f"`{scope}`" for scope in scopes)
        words = f"Scope: {said}." if said else "Any key."
        operation["description"] = "\n\n".join(filter(None, (operation.get("description", "").strip(), words)))
        if method == "post" and route.idempotent:
            operation.setdefault("parameters", []).append(_IDEMPOTENCY)
    describe_parameters(operation)
    if (body := request_of(method, route.path)) is not None:
        operation["requestBody"]["content"] = body
    _describe_answers(route, method, operation)


def _describe_answers(route: APIRoute, method: str, operation: dict[str, Any]) -> None:
    answer = answer_of(method, route.path)
    for status, response in operation["responses"].items():
        if not status.startswith("2") or status == "204":
            continue
        own = response.get("content", {}).get(JSON, {}).get("schema", {})
        if "$ref" in own:
            response["content"][JSON]["schema"] = {"$ref": own["$ref"]}
        elif answer is not None:
            others = {kind: one for kind, one in response.get("content", {}).items() if kind != JSON}
            response["content"] = body_of(answer) | others
        if _has_version(route, method, operation):
            response["headers"] = {"ETag": _ETAG}


def _has_version(route: APIRoute, method: str, operation: Mapping[str, Any]) -> bool:
    """Whether the answer's version is in its `ETag`: one record, or what `If-Match` is asked of."""
    answer = answer_of(method, route.path)
    one_record = method == "get" and answer is not None and isinstance(answer.shape, Kind) and not answer.many
    return (
        one_record
        or f"{method} {route.path}" in _VERSIONED
        or any(one["name"] == "If-Match" for one in operation.get("parameters", ()))
    )


def _scopes_of(dependant: Dependant) -> Iterator[str]:
    if isinstance(dependant.call, Requires):
        yield from dependant.call.scopes
    for part in dependant.dependencies:
        yield from _scopes_of(part)
