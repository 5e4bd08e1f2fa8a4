"""`GET /asyncapi.json`: the topics, beside `/openapi.json` for the routes."""

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from journey_api.access.app_state import stack_of
from journey_api.docs.asyncapi import describe


def show_asyncapi(request: Request) -> Response:
    """The AsyncAPI document; needs no key. In a thread of its own: the first time it is written takes a while."""
    app, stack = request.app, stack_of(request)
    if getattr(app.state, "asyncapi", None) is None:
        document = describe(app.title, app.version, stack.settings.kafka_partitions, stack.playbook)
        app.state.asyncapi = to_json(document)
    return Response(app.state.asyncapi, media_type="application/json")
