"""What a fault is called and carries, as schemas of OpenAPI."""

from typing import Any, Final, get_args

from shared.faults import FaultCode

FAULT_CODE: Final[dict[str, Any]] = {
    "type": "string",
    "description": f"What is wrong, for programs; there may come more: {', '.join(get_args(FaultCode))}.",
}
FAULT_VALUES: Final[dict[str, Any]] = {
    "type": "object",
    "description": "What belongs to the code, as `least` and `most` of a number; absent where nothing does.",
    "additionalProperties": {"type": ["string", "integer", "number"]},
}
