"""`/u/{token}`: the link in a mail (RFC 8058) and the customer's preferences. Looking changes nothing."""

from email.message import Message
from typing import Annotated, Final
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import HTMLResponse, RedirectResponse, Response

from journey_api.access.dependencies import NowDep, StackDep
from journey_api.callbacks.forms import FORM, read_raw
from journey_api.consent.preference_page import headers, render_page
from journey_api.consent.preferences import load_holder, save_preferences
from journey_api.consent.unsubscribe import describe, unsubscribe
from journey_api.http.problems import Problem

router = APIRouter(prefix="/u", tags=["unsubscribe"])

ONE_CLICK: Final = ("List-Unsubscribe", "One-Click")
"""What the body of the POST has to hold, by the RFC."""

_PAGE_FORM: Final = ("form", "preferences")
_MOST_FIELDS: Final = 200
_MULTIPART: Final = "multipart/form-data"
_BODY: Final = {"schema": {"type": "object", "properties": {ONE_CLICK[0]: {"const": ONE_CLICK[1]}}}}
_NOTICES: Final = frozenset({"stale", "hours", "unreadable"})
TokenDep = Annotated[str, Path(min_length=1, max_length=200)]


@router.get("/{token}", response_class=HTMLResponse)
async def show_preferences(
    token: TokenDep, stack: StackDep, saved: Annotated[bool, Query(description="Whether they were just saved.")] = False
) -> HTMLResponse:
    """What the link ends, and how the customer is written to; looking at it changes nothing."""
    async with stack.database.transaction() as connection:
        return await _page(connection, token, "saved" if saved else None)


@router.post(
    "/{token}",
    response_class=HTMLResponse,
    responses={303: {"description": "The preferences are saved"}},
    openapi_extra={"requestBody": {"required": True, "content": {FORM: _BODY}}},
)
async def post_preferences(token: TokenDep, request: Request, stack: StackDep, now: NowDep) -> Response:
    """Unsubscribes, where the body is `List-Unsubscribe=One-Click`; saves the preferences of the page's form.

    No key or cookie is asked for: the token is. What cannot be saved comes back as the page with status 412 or 422.
    """
    kind, raw = request.headers.get("content-type", ""), await read_raw(request)
    if _is_one_click(kind, raw):
        async with stack.database.transaction() as connection:
            await unsubscribe(connection, token, now)
            return await _page(connection, token)
    form = _preferences_form(raw)
    if _PAGE_FORM not in form:
        raise Problem(422, "The body has to be List-Unsubscribe=One-Click, or the form of the page.")
    try:
        async with stack.database.transaction() as connection:
            await save_preferences(connection, token, form, now)
    except Problem as refused:
        if refused.code not in _NOTICES:
            raise
        async with stack.database.transaction() as connection:
            return await _page(connection, token, refused.code, refused.status_code)
    return RedirectResponse(f"{router.prefix}/{quote(token, safe='')}?saved=true", 303, headers())


def _preferences_form(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []


def _is_one_click(content_type: str, raw: bytes) -> bool:
    """Whether the form says so, in either encoding the RFC allows."""
    head = Message()
    head["Content-Type"] = content_type
    text = raw.decode("utf-8", "replace")
    if head.get_content_type() != _MULTIPART:
        return ONE_CLICK in parse_qsl(text.strip())
    name, value = ONE_CLICK
    return f'name="{name}"' in text and any(line.strip() == value for line in text.splitlines())


async def _page(connection: AsyncConnection, token: str, notice: str | None = None, status: int = 200) -> HTMLResponse:
    leaving = await describe(connection, token)
    page = render_page(token, leaving, await load_holder(connection, token), notice)
    return HTMLResponse(page, status, headers())
