"""Reading a request's body: its size, its type, and that it is JSON of a depth we accept."""

from collections.abc import Callable
from typing import Any, Final

from pydantic_core import from_json
from starlette.requests import Request
from starlette.types import Receive

from journey_api.http.json_bounds import MOST_VALUES, refuse_many_values
from journey_api.http.problems import Problem
from shared.finite_numbers import holds_infinity

MEBIBYTE: Final = 1 << 20
DEEPEST: Final = 32
_DRAINED: Final = 64 * MEBIBYTE
"""So much of a body that is too large is read, for clients that send all of it before they look for an answer."""
JSON: Final = "application/json"


async def read_body(receive: Receive, limit: int, announced: str | None = None) -> bytes:
    """The body, which is shorter than `limit` bytes; else 413, also when it comes in chunks.

    A body somewhat too large is read to its end, so that the client hears the answer.
    """
    over = announced is not None and announced.isdecimal() and int(announced) >= limit
    chunks: list[bytes] = []
    size, more = 0, True
    while more and size < max(_DRAINED, 4 * limit):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem(400, "The request ended before its body.")
        chunk, more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        over = over or size >= limit
        if not over:
            chunks.append(chunk)
    if over:
        raise Problem(413, f"The body has to be shorter than {limit} bytes.")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def read_beginning(receive: Receive, kept: int, limit: int) -> bytes:
    """The first `kept` bytes of a body, which is shorter than `limit` bytes; else 413. What is beyond is read away."""
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem(400, "The request ended before its body.")
        chunk, more = message.get("body", b""), message.get("more_body", False)
        if size < kept:
            chunks.append(chunk[: kept - size])
        size += len(chunk)
        if size >= limit:
            raise Problem(413, f"The body has to be shorter than {limit} bytes.")
    return b"".join(chunks)


def parse_json(raw: bytes, *, deep: bool = False, most: int = MOST_VALUES) -> Any:
    """The value of a JSON text; 422 when it holds more than `most` values, 400 when it is none, holds NUL, or nests
    deeper than 32 levels (unless `deep`).
    """
    refuse_many_values(raw, most)
    try:
        value = from_json(raw, allow_inf_nan=False)
    except ValueError:
        detail = "The body is not readable as JSON in UTF-8." if raw.strip() else "The body is empty."
        raise Problem(400, detail) from None
    if b"\\u0000" in raw and holds(value, _is_nul):
        raise Problem(400, "The body holds the character NUL.")
    if not deep and raw.count(b"{") + raw.count(b"[") > DEEPEST:
        refuse_deep(value)
    return value


def refuse_deep(value: Any) -> None:
    """Raise 400 when containers nest deeper than accepted."""
    if is_too_deep(value):
        raise Problem(400, f"The body nests deeper than {DEEPEST} levels.")


def is_too_deep(value: Any) -> bool:
    """Whether containers nest deeper than accepted."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return False
    return True


def holds(value: Any, wanted: Callable[[Any], bool]) -> bool:
    """Whether any leaf, or name of a field, is wanted."""
    if isinstance(value, dict):
        return any(wanted(key) or holds(inner, wanted) for key, inner in value.items())
    if isinstance(value, list):
        return any(holds(inner, wanted) for inner in value)
    return wanted(value)


def _is_nul(leaf: Any) -> bool:
    return isinstance(leaf, str) and "\x00" in leaf


def media_type(header: str | None) -> str:
    """The media type of a `Content-Type`, lower-case, without parameters; 415 for a charset other than UTF-8."""
    kind, *parameters = (header or "").lower().split(";")
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name == "charset" and value.strip('" ') not in ("utf-8", "us-ascii"):
            raise Problem(415, "Only UTF-8 is read.")
    return kind.strip()


def refuse_coded(content_encoding: str | None) -> None:
    """Raise 415 for a body that is compressed: what it would become has no end."""
    coding = (content_encoding or "").strip().lower()
    if coding not in ("", "identity"):
        detail = f"The body is sent with Content-Encoding {coding[:40]}; send it as it is."
        raise Problem(415, detail, headers={"Accept-Encoding": "identity"})


async def read_other(request: Request, accepted: str) -> bytes:
    """Read the body of a request that is no JSON and leave it where FastAPI finds it. Raises Problem: 400, 413, 415."""
    raw = await read_body(request.receive, MEBIBYTE, request.headers.get("content-length"))
    refuse_coded(request.headers.get("content-encoding"))
    request._body = raw
    if media_type(request.headers.get("content-type")) != accepted:
        raise Problem(415, f"Send {accepted}.", headers={"Accept": accepted})
    if not raw.strip():
        raise Problem(400, "The body is empty.")
    return raw


async def read_json(request: Request, accepted: frozenset[str] = frozenset({JSON})) -> bytes:
    """Read and check the JSON body of a request and leave it where FastAPI finds it; answers the raw bytes."""
    raw = await read_body(request.receive, MEBIBYTE, request.headers.get("content-length"))
    refuse_coded(request.headers.get("content-encoding"))
    request._body = raw
    if raw:
        if media_type(request.headers.get("content-type")) not in accepted:
            known = ", ".join(sorted(accepted))
            raise Problem(415, f"Send {known}.", headers={"Accept": known})
        request._json = parse_json(raw)
        if holds_infinity(request._json):
            raise Problem(400, "The body holds a number beyond all bounds.")
    return raw
