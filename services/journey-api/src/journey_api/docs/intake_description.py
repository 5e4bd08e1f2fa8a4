"""How OpenAPI describes `POST /v1/events`, which FastAPI does not know.

The three modes of CloudEvents are one address with a body each. Generators of clients cannot tell apart bodies of one
operation by their type, so each mode is an operation of its own; what follows `#` in its path is never sent.
"""

from typing import Any, Final

from pydantic.json_schema import models_json_schema

from journey_api.docs.fault_schema import FAULT_CODE, FAULT_VALUES
from journey_api.intake.cloud_events import REQUIRED, TYPE, URI_REFERENCE
from journey_api.intake.cloudevents_modes import BATCH, BINARY, LONGEST_BATCH, STRUCTURED
from journey_api.intake.event_models import EventData

_REF: Final = "#/components/schemas/{model}"
_PATH: Final = "/v1/events"
_SCOPE: Final = "Scope: `events:write`."
_TEXT: Final = {"type": "string"}
_MAYBE_TEXT: Final = {"type": ["string", "null"]}
_PLAIN: Final = r"^[^\x00-\x1f\x7f-\x9f]*$"
_FAULT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["pointer", "code", "detail"],
    "properties": {
        "pointer": _TEXT,
        "code": FAULT_CODE,
        "detail": _TEXT,
        "values": FAULT_VALUES,
        "allowed": {"type": "array", "items": _TEXT, "maxItems": 10},
    },
}
_WARNING: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["pointer", "code", "detail"],
    "properties": {"pointer": _TEXT, "code": FAULT_CODE, "detail": _TEXT},
}
_RECEIPT: Final[dict[str, Any]] = {
    "type": "object",
    "description": "`event_id` is null where nothing is stored; `warnings` say what of the event will surprise.",
    "required": ["event_id", "source", "id", "status", "customer_id", "warnings"],
    "properties": {
        "event_id": _MAYBE_TEXT,
        "source": _MAYBE_TEXT,
        "id": _MAYBE_TEXT,
        "status": {"type": "string", "enum": ["accepted", "duplicate", "refused"]},
        "customer_id": _MAYBE_TEXT,
        "warnings": {"type": "array", "items": {"$ref": _REF.format(model="Warning")}},
        "errors": {"type": "array", "items": {"$ref": _REF.format(model="Fault")}},
    },
}
_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A CloudEvent 1.0. Other attributes are extensions and are kept.",
    "required": [*REQUIRED, "data"],
    "properties": {
        "specversion": {"type": "string", "enum": ["1.0"]},
        "type": {"type": "string", "enum": [TYPE]},
        "source": {"type": "string", "pattern": URI_REFERENCE, "minLength": 1, "maxLength": 1024},
        "id": {"type": "string", "pattern": _PLAIN, "minLength": 1, "maxLength": 256},
        "time": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "When it happened; absent: its receipt. A live event is at most 30 days old.",
        },
        "data": {"$ref": _REF.format(model="EventData")},
    },
    "propertyNames": {"pattern": "^[a-z0-9]{1,20}$"},
    "additionalProperties": {"type": ["string", "boolean", "integer", "null"]},
}
_RECEIPTS: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["events"],
    "properties": {"events": {"type": "array", "items": {"$ref": _REF.format(model="Receipt")}}},
}


def schemas() -> dict[str, Any]:
    """The schemas of an event, its data and its receipt, by name."""
    _, document = models_json_schema([(EventData, "validation")], ref_template=_REF)
    own = {"CloudEvent": _EVENT, "Receipt": _RECEIPT, "Receipts": _RECEIPTS, "Warning": _WARNING, "Fault": _FAULT}
    return {**document["$defs"], **own}


def operations() -> dict[str, dict[str, Any]]:
    """The operations of `POST /v1/events` by path, one for each mode."""
    event = {"$ref": _REF.format(model="CloudEvent")}
    batch = {"type": "array", "items": event, "maxItems": LONGEST_BATCH}
    dry_run = _switch("dry_run", "Check everything and store nothing: 200.")
    some = "Store the good ones: 207 where some are refused. After 1,000 faults an event names its first only."
    partial = _switch("partial", some)
    attributes = [_attribute(name) for name in REQUIRED] + [_attribute("time", required=False)]
    whole = "All events are stored, or none; pointers begin with the index."
    return {
        _PATH: _operation("take_event", "Take an event", STRUCTURED, event, [dry_run], "Structured mode."),
        f"{_PATH}#batch": _operation("take_event_batch", "Take a batch", BATCH, batch, [dry_run, partial], whole),
        f"{_PATH}#binary": _operation(
            "take_event_binary",
            "Take an event in binary mode",
            BINARY,
            {"$ref": _REF.format(model="EventData")},
            [dry_run, *attributes],
            "Attributes are headers, percent-encoded; the body is the data.",
        ),
    }


def _operation(
    name: str, summary: str, media_type: str, schema: dict[str, Any], parameters: list[dict[str, Any]], words: str
) -> dict[str, Any]:
    answers = {"202": "Stored.", "200": "A dry run: nothing was stored."}
    if media_type == BATCH:
        answers["207"] = "Some are refused, in their places; the others are stored."
    return {
        "tags": ["events"],
        "summary": summary,
        "description": f"{words} The same source and id again is a duplicate; other content: 409.\n\n{_SCOPE}",
        "operationId": name,
        "parameters": parameters,
        "requestBody": {"required": True, "content": {media_type: {"schema": schema}}},
        "responses": {status: _answer(described) for status, described in answers.items()},
    }


def _answer(words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": {"$ref": _REF.format(model="Receipts")}}}}


def _switch(name: str, words: str) -> dict[str, Any]:
    schema = {"type": "boolean", "default": False}
    return {"name": name, "in": "query", "required": False, "description": words, "schema": schema}


def _attribute(name: str, *, required: bool = True) -> dict[str, Any]:
    """A CloudEvents attribute as a header; values are percent-encoded, so any text is one."""
    schema = _EVENT["properties"][name] if name in ("specversion", "type") else _TEXT
    words = f"The attribute `{name}` of the event."
    return {"name": f"ce-{name}", "in": "header", "required": required, "description": words, "schema": schema}
