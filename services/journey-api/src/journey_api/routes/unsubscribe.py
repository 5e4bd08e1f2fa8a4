"""`/u/{token}`: the link in a mail (RFC 8058). Looking changes nothing; one POST does, by whomever."""

from email.message import Message
from html import escape
from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Path, Request
from starlette.responses import HTMLResponse

from journey_api.access.dependencies import NowDep, StackDep
from journey_api.callbacks.forms import FORM, read_raw
from journey_api.consent.unsubscribe import MARKETING, Leaving, describe, unsubscribe
from journey_api.http.problems import Problem
from shared.languages.registry import language_of

router = APIRouter(prefix="/u", tags=["unsubscribe"])

ONE_CLICK: Final = ("List-Unsubscribe", "One-Click")
"""What the body of the POST has to hold, by the RFC."""

_MULTIPART: Final = "multipart/form-data"
_BODY: Final = {"schema": {"type": "object", "properties": {ONE_CLICK[0]: {"const": ONE_CLICK[1]}}}}
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
_STYLE: Final = "body{font:16px/1.5 system-ui;margin:3rem auto;max-width:36rem;padding:0 1rem}button{font:inherit}"
TokenDep = Annotated[str, Path(min_length=1, max_length=200)]


@router.get("/{token}", response_class=HTMLResponse)
async def show_unsubscribe(token: TokenDep, stack: StackDep) -> HTMLResponse:
    """A page with a button; looking at it changes nothing."""
    async with stack.database.transaction() as connection:
        return _page(await describe(connection, token))


@router.post(
    "/{token}",
    response_class=HTMLResponse,
    openapi_extra={"requestBody": {"required": True, "content": {FORM: _BODY}}},
)
async def post_unsubscribe(token: TokenDep, request: Request, stack: StackDep, now: NowDep) -> HTMLResponse:
    """Unsubscribes; the body is `List-Unsubscribe=One-Click`, and no key or cookie is asked for."""
    if not _is_one_click(request.headers.get("content-type", ""), await read_raw(request)):
        raise Problem(422, "The body has to be List-Unsubscribe=One-Click.")
    async with stack.database.transaction() as connection:
        return _page(await unsubscribe(connection, token, now))


def _is_one_click(content_type: str, raw: bytes) -> bool:
    """Whether the form says so, in either encoding the RFC allows."""
    head = Message()
    head["Content-Type"] = content_type
    text = raw.decode("utf-8", "replace")
    if head.get_content_type() != _MULTIPART:
        return ONE_CLICK in parse_qsl(text.strip())
    name, value = ONE_CLICK
    return f'name="{name}"' in text and any(line.strip() == value for line in text.splitlines())


def _page(leaving: Leaving) -> HTMLResponse:
    language = language_of(leaving.locale)
    texts = language.sections["unsubscribe"]
    words = {name: escape(str(text).format(**_given(leaving))) for name, text in texts.items()}
    marketing = leaving.purpose == MARKETING
    lines = [f"<h1>{words['title']}</h1>"]
    lines.append(f"<p>{words['done'] if leaving.done else words[MARKETING if marketing else 'service']}</p>")
    lines += [f"<p>{words['address']}</p>"] if leaving.address else []
    lines += [] if marketing else [f"<p>{words['safety']}</p>"]
    if not leaving.done:
        field = f'<input type="hidden" name="{ONE_CLICK[0]}" value="{ONE_CLICK[1]}">'
        lines.append(f'<form method="post">{field}<button>{words["button"]}</button></form>')
    head = f'<meta charset="utf-8"><title>{words["title"]}</title><style>{_STYLE}</style>'
    return HTMLResponse(f'<!doctype html><html lang="{language.code}">{head}{"".join(lines)}</html>', headers=_HEADERS)


def _given(leaving: Leaving) -> dict[str, str]:
    return {"dealer": leaving.dealer, "address": leaving.address or ""}
