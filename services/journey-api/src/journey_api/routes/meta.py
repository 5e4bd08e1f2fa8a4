"""What the installation says of itself: its time, its topics, and where its parts are."""

from datetime import datetime
from html import escape
from typing import Final

from pydantic import BaseModel
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from journey_api.access.app_state import stack_of
from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import NowDep, StackDep
from journey_api.docs.asyncapi import describe

router = keyed_router("clock")

_STYLE: Final = "body{font:16px/1.5 system-ui;margin:3rem auto;max-width:40rem}li{margin:.4rem 0}"
_HEADERS: Final = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
_LINKS: Final = (
    ("/openapi.json", "OpenAPI", "every route of the API"),
    ("/asyncapi.json", "AsyncAPI", "every topic and the records on it"),
    ("/v1/tasks/feed", "Task feed", "every change of a task, live (needs a key)"),
    ("/v1/sla/feed", "Clock feed", "warnings, breaches and escalations, live (needs a key)"),
    ("/readyz", "Readiness", "what is checked before work is taken"),
    ("/metrics", "Metrics", "for Prometheus"),
)


class ClockView(BaseModel):
    """Domain time and its rate against real time."""

    now: datetime
    rate: float


@router.get("/clock")
async def read_clock(now: NowDep, stack: StackDep) -> ClockView:
    """The present instant of domain time."""
    return ClockView(now=now, rate=stack.rate)


async def show_front(request: Request) -> HTMLResponse:
    """The page at the address: links, no secrets; needs no key."""
    sink = stack_of(request).settings.sink_url
    links = [*_LINKS, *([(sink, "Sent e-mails", "what the demo dealership has sent")] if sink else [])]
    items = "".join(f'<li><a href="{escape(url)}">{name}</a>: {about}</li>' for url, name, about in links)
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Handoff</title><style>{_STYLE}</style>'
    return HTMLResponse(f"{page}<h1>Handoff</h1><ul>{items}</ul></html>", headers=_HEADERS)


def show_asyncapi(request: Request) -> Response:
    """The AsyncAPI document; needs no key. In a thread of its own: the first time it is written takes a while."""
    app, stack = request.app, stack_of(request)
    if getattr(app.state, "asyncapi", None) is None:
        document = describe(app.title, app.version, stack.settings.kafka_partitions, stack.playbook)
        app.state.asyncapi = to_json(document)
    return Response(app.state.asyncapi, media_type="application/json")
