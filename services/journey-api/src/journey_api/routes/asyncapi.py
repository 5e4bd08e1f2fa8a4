"""`GET /asyncapi.json`: the topics, beside `/openapi.json` for the routes."""

from functools import cache

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from journey_api.access.app_state import stack_of
from journey_api.docs.asyncapi import describe


def show_asyncapi(request: Request) -> Response:
    """The AsyncAPI document; needs no key. In a thread of its own: the first time it is written takes a while."""
    app = request.app
    document = _written(app.title, app.version, stack_of(request).settings.kafka_partitions)
    return Response(document, media_type="application/json")


@cache
def _written(title: str, version: str, partitions: int) -> bytes:
    return to_json(describe(title, version, partitions))
