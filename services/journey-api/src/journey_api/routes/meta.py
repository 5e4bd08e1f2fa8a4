"""What the installation says of itself: its time, its topics and the records on them."""

from datetime import datetime

from pydantic import BaseModel
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from journey_api.access.app_state import stack_of
from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import NowDep, StackDep
from journey_api.docs.asyncapi import describe

router = keyed_router("clock")


class ClockView(BaseModel):
    """Domain time and its rate against real time."""

    now: datetime
    rate: float


@router.get("/clock")
async def read_clock(now: NowDep, stack: StackDep) -> ClockView:
    """The present instant of domain time."""
    return ClockView(now=now, rate=stack.rate)


def show_asyncapi(request: Request) -> Response:
    """The AsyncAPI document; needs no key. In a thread of its own: the first time it is written takes a while."""
    app, stack = request.app, stack_of(request)
    if getattr(app.state, "asyncapi", None) is None:
        document = describe(
            app.title, app.version, stack.settings.kafka_partitions, stack.playbook, stack.settings.public_url
        )
        app.state.asyncapi = to_json(document)
    return Response(app.state.asyncapi, media_type="application/json")
