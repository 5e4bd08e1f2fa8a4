"""Reading the bodies of callbacks: forms, and whatever is signed as it came."""

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from journey_api.callbacks.signatures import HALVES
from journey_api.http.problems import Problem
from journey_api.http.request_body import MEBIBYTE, media_type, read_body, refuse_coded

FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 200

Fields = list[tuple[str, str]]


async def read_raw(request: Request) -> bytes:
    """The body as it came, up to 1 MiB; 413 beyond, 415 where it is compressed."""
    raw = await read_body(request.receive, MEBIBYTE, request.headers.get("content-length"))
    refuse_coded(request.headers.get("content-encoding"))
    return raw


async def read_form(request: Request, most: int = _MOST_FIELDS) -> Fields:
    """The fields of a form in their order, empty ones too, as they are signed. Raises Problem: 400, 413 or 415.

    More than `most` fields are 400. They may hold NUL and halves of surrogate pairs, which cannot be stored.
    """
    raw = await read_raw(request)
    if media_type(request.headers.get("content-type")) != FORM:
        raise Problem(415, f"Send {FORM}.", headers={"Accept": FORM})
    try:
        fields = parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=most, errors=HALVES)
    except ValueError:
        raise Problem(400, "The body is not readable as a form in UTF-8.") from None
    return fields


def public_address(request: Request, public_url: str) -> str:
    """The URL a provider called: our public one with the request's path and query; its own without a public one."""
    if not public_url:
        return str(request.url)
    path = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope["query_string"]
    return public_url.rstrip("/") + path.decode("latin-1") + ("?" + query.decode("latin-1") if query else "")
