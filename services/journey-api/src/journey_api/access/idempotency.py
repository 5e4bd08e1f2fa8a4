"""`Idempotency-Key`: a POST sent again gets the first answer, and acts once.

The answer is stored in the transaction of the act itself. It is sealed with the caller's own bearer key, so that a
dump of the table shows neither fresh API keys nor personal data.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Final

from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from journey_api.access.app_state import stack_of
from journey_api.http.auth import Principal, bearer_token
from journey_api.http.problems import Problem, invalid
from shared.clock import real_now
from shared.db.schema import idempotency

HEADER: Final = "idempotency-key"
KEPT: Final = timedelta(hours=24)
_LONGEST: Final = 255
_NONCE: Final = 16
_LOCK: Final = text("select pg_try_advisory_xact_lock(hashtextextended(:name, 7))")

Handler = Callable[[Request], Awaitable[Response]]


async def answer_once(request: Request, principal: Principal, raw: bytes, handler: Handler) -> Response:
    """Answer a request that carries the header: from the handler the first time, from memory for 24 hours.

    Only successful answers are kept: what changed nothing may be tried again.
    """
    name = _key_name(request)
    stack: AsyncExitStack = request.scope["fastapi_function_astack"]
    transaction = stack_of(request).database.transaction(principal.reach)
    connection = await stack.enter_async_context(transaction)
    request.state.connection = connection
    identity = (principal.key_id, f"{request.method} {request.url.path}", name)
    if not (await connection.execute(_LOCK, {"name": "\n".join(identity)})).scalar_one():
        raise Problem(409, "The first request with this Idempotency-Key still runs.", code="still_running")
    token = bearer_token(request.headers.get("authorization"))
    asked = hashlib.sha256(request.url.query.encode() + b"\n" + raw).digest()
    stored = await _find(connection, identity)
    if stored is not None:
        return _replay(stored, asked, token)
    response = await handler(request)
    if response.status_code < 300:
        await _store(connection, identity, asked, response, token)
    return response


def _key_name(request: Request) -> str:
    name = request.headers[HEADER].strip()
    if not 0 < len(name) <= _LONGEST or not name.isprintable():
        raise invalid("/Idempotency-Key", f"1 to {_LONGEST} printable characters")
    return name


async def _find(connection: AsyncConnection, identity: tuple[str, str, str]) -> "Row[tuple[object, ...]] | None":
    principal, route, name = identity
    query = select(idempotency).where(
        idempotency.c.principal == principal,
        idempotency.c.route == route,
        idempotency.c.idempotency_key == name,
        idempotency.c.real_at > real_now() - KEPT,
    )
    return (await connection.execute(query)).one_or_none()


def _replay(stored: "Row[tuple[object, ...]]", asked: bytes, token: str) -> Response:
    if stored.request_hash != asked:
        raise invalid("/Idempotency-Key", "This Idempotency-Key came with another body before.")
    headers = {**stored.headers, "Idempotent-Replayed": "true"}
    return Response(seal(stored.body[_NONCE:], stored.body[:_NONCE], token), stored.status, headers)


async def _store(
    connection: AsyncConnection, identity: tuple[str, str, str], asked: bytes, response: Response, token: str
) -> None:
    principal, route, name = identity
    nonce = secrets.token_bytes(_NONCE)
    kept = {
        "request_hash": asked,
        "status": response.status_code,
        "headers": {key: value for key, value in response.headers.items() if key != "content-length"},
        "body": nonce + seal(bytes(response.body), nonce, token),
        "real_at": real_now(),
    }
    statement = insert(idempotency).values(principal=principal, route=route, idempotency_key=name, **kept)
    key = [idempotency.c.principal, idempotency.c.route, idempotency.c.idempotency_key]
    await connection.execute(statement.on_conflict_do_update(index_elements=key, set_=kept))


def seal(body: bytes, nonce: bytes, token: str) -> bytes:
    """Seal or open a body with a pad drawn from the nonce and the caller's key."""
    pad = hashlib.shake_256(nonce + token.encode()).digest(len(body))
    return (int.from_bytes(body) ^ int.from_bytes(pad)).to_bytes(len(body))
