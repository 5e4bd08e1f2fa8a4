"""Problems that no page of the console tells itself, as pages for people: an address that leads nowhere, a failure.

Programs get the problem document, and so does everybody in the API. Customers' pages have their own words.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from journey_api.console.visit import refuse
from journey_api.http.problems import Problem, not_found
from shared.people.unsubscribe_links import PATH as CUSTOMERS

_API: Final = "/v1"
_FAILED: Final = 500


def with_page(otherwise: ASGIApp) -> ASGIApp:
    """What answers where no route does: `otherwise`, but to a browser that looks for a page."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and _from_browser(request := Request(scope)):
            await refuse(request, not_found())(scope, receive, send)
        else:
            await otherwise(scope, receive, send)

    return answer


def page_of_failure(request: Request, answer: Response) -> Response:
    """What a browser gets in place of an answer that tells of a failure; any other answer as it is."""
    path = request.scope["path"]
    if answer.status_code < _FAILED or path.startswith(CUSTOMERS) or not _from_browser(request):
        return answer
    page = refuse(request, Problem(answer.status_code, ""))
    if "retry-after" in answer.headers:
        page.headers["Retry-After"] = answer.headers["retry-after"]
    return page


def _from_browser(request: Request) -> bool:
    path = request.scope["path"]
    of_api = path == _API or path.startswith(f"{_API}/")
    return not of_api and "text/html" in request.headers.get("accept", "").lower()
