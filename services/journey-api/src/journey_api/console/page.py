"""A page as an answer: its template, its texts, the headers that every page carries."""

import gzip
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from journey_api.console.catalogue import LANGUAGES, NAMES, Catalogue
from journey_api.console.prose import paragraphs_of, with_code
from journey_api.console.static_files import static_files
from journey_api.console.viewer import LANGUAGE_COOKIE, Viewer, theme_of
from shared.languages.isolation import isolate, join_isolated

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    # with no-referrer a browser's own forms come with `Origin: null`
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Vary": "Accept-Encoding, Accept-Language, Cookie",
}
_REMEMBERED_SECONDS: Final = 365 * 24 * 3600
_WORTH_COMPRESSING: Final = 1_000


def render(
    request: Request, template: str, texts: Catalogue, *, viewer: Viewer | None = None, status: int = 200, **values: Any
) -> Response:
    """A page. Its template has `t` (a text by key), `n` (the name of an id), `static` (a file's address), `values`."""
    html = (
        _environment()
        .get_template(template)
        .render(
            t=texts.text,
            n=texts.name,
            has_text=texts.__contains__,
            once=cache(lambda piece, *about: piece(*about)),
            language=texts.language,
            languages=[(code, NAMES[code]) for code in LANGUAGES],
            theme=theme_of(request),
            path=request.url.path,
            viewer=viewer,
            status=status,
            **values,
        )
    )
    response = _compressed(request, html.encode(), status)
    if request.query_params.get("lang") in LANGUAGES:
        remember(response, LANGUAGE_COOKIE, texts.language)
    return response


def remember(response: Response, cookie: str, value: str) -> None:
    """Keep a choice of the person in the browser for a year."""
    response.set_cookie(cookie, value, max_age=_REMEMBERED_SECONDS, samesite="lax")


def see_other(location: str) -> Response:
    """Go on at another page with GET. Only addresses of ours: anything else leads to the first page."""
    ours = location.startswith("/") and not location.startswith(("//", "/\\"))
    return RedirectResponse(location if ours else "/", 303, headers=dict(HEADERS))


def _compressed(request: Request, content: bytes, status: int) -> Response:
    headers = dict(HEADERS)
    if len(content) >= _WORTH_COMPRESSING and "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content, compresslevel=3, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(content, status, headers, media_type="text/html")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["static"] = static_files().url
    environment.filters |= {"isolated": isolate, "joined": lambda parts, separator: join_isolated(separator, parts)}
    environment.filters |= {"with_code": with_code, "paragraphs": paragraphs_of}
    return environment


def _source(template: str) -> str | None:
    path = files("journey_api.console").joinpath("templates", template)
    return path.read_text(encoding="utf-8") if path.is_file() else None
