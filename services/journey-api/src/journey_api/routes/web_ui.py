"""The page at the address: where the parts of a running stack are."""

from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse

from journey_api.access.app_state import stack_of

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


async def show_front(request: Request) -> HTMLResponse:
    """Links, no secrets; needs no key."""
    sink = stack_of(request).settings.sink_url
    links = [*_LINKS, *([(sink, "Sent e-mails", "what the demo dealership has sent")] if sink else [])]
    items = "".join(f'<li><a href="{escape(url)}">{name}</a>: {about}</li>' for url, name, about in links)
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Handoff</title><style>{_STYLE}</style>'
    return HTMLResponse(f"{page}<h1>Handoff</h1><ul>{items}</ul></html>", headers=_HEADERS)
