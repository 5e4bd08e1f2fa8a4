"""How OpenAPI describes `POST /v1/events`, which FastAPI does not know."""

from typing import Any, Final

from pydantic.json_schema import models_json_schema

from journey_api.intake.cloud_events import REQUIRED, TYPE
from journey_api.intake.cloudevents_modes import BATCH, BINARY, LONGEST_BATCH, STRUCTURED
from journey_api.intake.event_models import EventData

_REF: Final = "#/components/schemas/{model}"
_RECEIPT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["event_id", "source", "id", "status"],
    "properties": {
        "event_id": {"type": "string"},
        "source": {"type": "string"},
        "id": {"type": "string"},
        "status": {"enum": ["accepted", "duplicate"]},
    },
}
_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "required": [*REQUIRED, "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "type": {"const": TYPE},
        "source": {"type": "string", "format": "uri-reference", "minLength": 1, "maxLength": 1024},
        "id": {"type": "string", "minLength": 1, "maxLength": 256},
        "time": {"type": "string", "format": "date-time", "description": "When it happened; absent: its receipt."},
        "data": {"$ref": _REF.format(model="EventData")},
    },
    "additionalProperties": {"type": ["string", "boolean", "integer", "null"]},
}


def schemas() -> dict[str, Any]:
    """The schemas of an event, its data and its receipt, by name."""
    _, document = models_json_schema([(EventData, "validation")], ref_template=_REF)
    return {**document["$defs"], "CloudEvent": _EVENT, "Receipt": _RECEIPT}


def operation() -> dict[str, Any]:
    """`POST /v1/events`."""
    event = {"$ref": _REF.format(model="CloudEvent")}
    batch = {"type": "array", "items": event, "minItems": 1, "maxItems": LONGEST_BATCH}
    binary = {"$ref": _REF.format(model="EventData")}
    receipts = {"type": "array", "items": {"$ref": _REF.format(model="Receipt")}}
    answer = {"type": "object", "required": ["events"], "properties": {"events": receipts}}
    return {
        "tags": ["events"],
        "summary": "Take events",
        "description": "CloudEvents 1.0: structured, batch (all or nothing) or binary (attributes in `ce-` headers).",
        "operationId": "take_events",
        "requestBody": {
            "required": True,
            "content": {STRUCTURED: {"schema": event}, BATCH: {"schema": batch}, BINARY: {"schema": binary}},
        },
        "responses": {"202": {"description": "Stored.", "content": {"application/json": {"schema": answer}}}},
    }
