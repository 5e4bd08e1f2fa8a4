"""What is answered to who is not signed in, or no longer: the way to sign in, and back to the page looked at."""

from typing import Final
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from journey_api.console.catalogue import catalogue
from journey_api.console.page import render, see_other
from journey_api.console.viewer import language_of
from journey_api.http.problems import Problem

_ENDED: Final = frozenset({"session_ended", "key_withdrawn", "key_expired", "key_unknown"})


def signed_out(request: Request, problem: Problem) -> Response:
    """To the sign-in page, and back here after it.

    A form gets a page that says that nothing was done: a redirect would look like that of an accepted one.
    """
    if request.method in ("GET", "HEAD"):
        return see_other(_sign_in(_address(str(request.url)), problem))
    texts = catalogue(language_of(request))
    came_from = _address(request.headers.get("referer", ""))
    return render(
        request,
        "refused.html",
        texts,
        status=401,
        title=texts.text("refused.signed_out"),
        detail=texts.text("refused.signed_out_detail"),
        sign_in=_sign_in(came_from, problem),
    )


def _address(url: str) -> str:
    """The path and query of a page."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _sign_in(then: str, problem: Problem) -> str:
    why = {"why": problem.code} if problem.code in _ENDED else {}
    return "/sign-in?" + urlencode({"next": then, **why})
