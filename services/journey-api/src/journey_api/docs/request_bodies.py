"""The bodies of requests that routes take as they are and read themselves."""

from typing import Any, Final

from journey_api.docs.answers.routes import answer_of
from journey_api.docs.answers.schemas import REF
from journey_api.docs.merge_patches import patch_name
from journey_api.http.merge_patch import MERGE_PATCH
from journey_api.http.request_body import JSON
from journey_api.intake.cloudevents_modes import STRUCTURED
from journey_api.reference.collections import Kind

_EVENT: Final = {"schema": {"$ref": REF.format(model="CloudEvent")}}
_EXPLAIN: Final = "/v1/playbook/explain"


def request_of(method: str, path: str) -> dict[str, Any] | None:
    """The content of a route's request; None where its own description says it."""
    if path == _EXPLAIN:
        return {STRUCTURED: _EVENT, JSON: _EVENT}
    answer = answer_of(method, path)
    if method == "patch" and answer is not None and isinstance(answer.shape, Kind):
        return {MERGE_PATCH: {"schema": {"$ref": REF.format(model=patch_name(answer.shape))}}}
    return None
