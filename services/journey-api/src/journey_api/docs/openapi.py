"""The OpenAPI document: FastAPI's, with the bearer key and the errors every route shares."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from journey_api.access.app_state import stack_of_app
from journey_api.access.sessions import COOKIE
from journey_api.docs import intake_description as description
from journey_api.docs.answers.routes import kinds
from journey_api.docs.answers.schemas import schemas as answers
from journey_api.docs.fault_schema import FAULT_CODE, FAULT_VALUES
from journey_api.docs.merge_patches import patch_schemas
from journey_api.docs.named_keys import with_named_keys
from journey_api.docs.request_examples import add_example
from journey_api.docs.route_details import describe_route
from journey_api.docs.tags import TAGS
from journey_api.http.problems import MEDIA_TYPE

PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "request_id": {
            "type": ["string", "null"],
            "description": "Also in `X-Request-ID` of the answer and in the log.",
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "code": FAULT_CODE,
                    "detail": {"type": "string"},
                    "values": FAULT_VALUES,
                    "allowed": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "The nearest known ids, the best first.",
                    },
                },
            },
        },
    },
}
_ERRORS: Final = {
    "400": "The request line, a header or the body is not readable.",
    "401": "No key, or none that is valid.",
    "403": "The key lacks the scope, or acts as another person.",
    "404": "Not there, or another dealer's.",
    "409": "The state does not allow it.",
    "412": "`If-Match` names another version.",
    "413": "The body is too large.",
    "415": "Not a media type that is read here.",
    "422": "The request is invalid; `errors` says where.",
    "429": "Too many requests; see `Retry-After`.",
    "500": "Something went wrong here.",
    "503": "Not now; see `Retry-After`.",
}
_LATER: Final = ("429", "503")
_RETRY_AFTER: Final = {"description": "Seconds until it may be tried again.", "schema": {"type": "integer"}}
_ABOUT: Final = (
    "Customer handoffs in car retail: events in, tasks, clocks and messages out. `x-scopes` of an operation: one of"
    " these is needed."
)
_SECURITY: Final = {
    "key": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}
_WITHOUT_KEY: Final = ("/v1/callbacks", "/v1/session")
_WITH_BODY: Final = ("post", "put", "patch")
_BODY_ERRORS: Final = ("409", "412", "413", "415")
_DELETE_ERRORS: Final = ("409", "412")


def install(app: FastAPI) -> None:
    """Let the app describe itself at `/openapi.json`."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def _describe(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    parts = document.setdefault("components", {})
    answered = answers(stack_of_app(app).playbook)
    parts["schemas"] = answered | parts.get("schemas", {}) | description.schemas() | {"Problem": PROBLEM_SCHEMA}
    for name in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(name, None)
    parts["schemas"] = {name: with_named_keys(one) for name, one in parts["schemas"].items()}
    parts["schemas"] |= patch_schemas(kinds(), parts["schemas"])
    for path, operation in description.operations().items():
        document["paths"].setdefault(path, {})["post"] = operation | {"x-scopes": ["events:write"]}
    parts["securitySchemes"] = _SECURITY
    parts["responses"] = {f"Problem{status}": _answer(words) for status, words in _ERRORS.items()}
    for status in _LATER:
        parts["responses"][f"Problem{status}"]["headers"] = {"Retry-After": _RETRY_AFTER}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _add_errors(path, method, operation)
    for route in (one for one in app.routes if isinstance(one, APIRoute)):
        for method in (route.methods or ()) if route.include_in_schema else ():
            describe_route(route, method.lower(), document["paths"][route.path_format][method.lower()])
    for item in document["paths"].values():
        for operation in item.values():
            add_example(operation)
    document["info"] |= {"description": _ABOUT, "contact": {"name": "Handoff"}}
    document["servers"] = [{"url": "/", "description": "Where this document is."}]
    tags = {tag for item in document["paths"].values() for operation in item.values() for tag in operation["tags"]}
    document["tags"] = [{"name": tag, "description": TAGS[tag]} for tag in sorted(tags)]
    return document


def _answer(words: str) -> dict[str, Any]:
    return {"description": words, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _add_errors(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation.setdefault("responses", {})
    if path.startswith("/v1/") and not path.startswith(_WITHOUT_KEY):
        operation["security"] = [{"key": []}, {"session": []}]
    responses.pop("422", None)
    for status in _ERRORS:
        possible = method in _WITH_BODY or (method == "delete" and status in _DELETE_ERRORS)
        if possible or status not in _BODY_ERRORS:
            responses.setdefault(status, {"$ref": f"#/components/responses/Problem{status}"})
    for status, answer in responses.items():
        if status >= "400" and "$ref" not in answer:
            answer.setdefault("content", _answer("")["content"])
