"""An address that leads nowhere: a page for people, outside of the API, and the problem document for programs."""

from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from journey_api.console.visit import refuse
from journey_api.http.problems import not_found

_API: Final = "/v1"


def with_page(otherwise: ASGIApp) -> ASGIApp:
    """What answers where no route does: `otherwise`, but to a browser that looks for a page."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _looks_for_a_page(request := Request(scope)):
            await refuse(request, not_found())(scope, receive, send)
        else:
            await otherwise(scope, receive, send)

    return answer


def _looks_for_a_page(request: Request) -> bool:
    path = request.scope["path"]
    of_api = path == _API or path.startswith(f"{_API}/")
    accepted = request.headers.get("accept", "").lower()
    return not of_api and request.method in ("GET", "HEAD") and "text/html" in accepted
