"""Headers and keys of the messages: CloudEvents 1.0, Kafka protocol binding, binary content mode."""

from typing import Any, Final

from shared.messaging.bus import JOURNEY_STEP

CONTENT_TYPE: Final = "application/json"

_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": 1024}
KEY: Final[dict[str, Any]] = {
    "type": "string",
    "pattern": "^[^/]+(/[^/]+)?$",
    "description": "`dealer_id/customer_id`, else `dealer_id`. Records of one key stay in order.",
}
_DEALER_OF_SOURCE: Final = "^/dealers/[^/]+$"

HEADERS: Final[dict[str, Any]] = {
    "type": "object",
    "required": [
        "content-type",
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_time",
        "ce_dealerid",
        "ce_partitionkey",
    ],
    "properties": {
        "content-type": {"type": "string", "const": CONTENT_TYPE},
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {**_TEXT, "description": "With `ce_source` what repeats are recognised by."},
        "ce_source": {**_TEXT, "format": "uri-reference", "pattern": _DEALER_OF_SOURCE},
        "ce_type": {**_TEXT},
        "ce_time": {"type": "string", "format": "date-time", "description": "When it happened, in domain time."},
        "ce_dealerid": {**_TEXT},
        "ce_partitionkey": {**_TEXT, "description": "The message's key."},
        "ce_eventid": {**_TEXT, "description": "The journey event it is or came of; left out where there is none."},
    },
    "description": "UTF-8 text. Attributes of CloudEvents begin with `ce_`; `dealerid` and `eventid` are ours.",
}
"""What the headers of every type have in common."""


def headers_of(record_type: str, common: str) -> dict[str, Any]:
    """The headers of one type; `common` is the reference to `HEADERS`."""
    own: dict[str, Any] = {"properties": {"ce_type": {"const": record_type}}}
    if record_type == JOURNEY_STEP:
        own["required"] = ["ce_eventid"]
    return {"type": "object", "allOf": [{"$ref": common}, own]}
