"""`Idempotency-Key`: a POST sent again gets the first answer, and acts once.

The answer is stored in the transaction of the act itself, encrypted (`stored_answer`). It belongs to the caller, not to
the token: whoever renews a key or a token gets the answers of the one before (`Principal.caller`).
"""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from journey_api.access.app_state import stack_of
from journey_api.access.stored_answer import (
    RequestKeys,
    StoredAnswer,
    UnreadableAnswer,
    decrypt_answer,
    encrypt_answer,
    request_digest,
)
from journey_api.http.auth import Principal
from journey_api.http.problems import Problem, invalid
from shared.clock import real_now
from shared.db.schema import idempotency

HEADER: Final = "idempotency-key"
KEPT: Final = timedelta(hours=24)
_LONGEST: Final = 255
_LOCK: Final = text("select pg_try_advisory_xact_lock(hashtextextended(:name, 7))")
_log: Final = structlog.get_logger(__name__)

Handler = Callable[[Request], Awaitable[Response]]


async def answer_once(request: Request, principal: Principal, raw: bytes, handler: Handler) -> Response:
    """Answer a request that carries the header: from the handler the first time, from what is stored for 24 hours.

    Only successful answers are kept: what changed nothing may be tried again. Raises Problem: 409 while the first
    request runs, 422 for another body, 500 for a stored answer that was changed.
    """
    keys = RequestKeys.derived(principal.caller, f"{request.method} {request.url.path}", _header_of(request))
    stack: AsyncExitStack = request.scope["fastapi_function_astack"]
    connection = await stack.enter_async_context(stack_of(request).database.transaction(principal.reach))
    request.state.connection = connection
    if not (await connection.execute(_LOCK, {"name": keys.lookup.hex()})).scalar_one():
        raise Problem(409, "The first request with this Idempotency-Key still runs.", code="still_running")
    asked = request_digest(request.url.query, raw)
    stored = await _find(connection, keys)
    if stored is not None:
        return _replay(stored, keys, asked)
    response = await handler(request)
    if response.status_code < 300:
        headers = {key: value for key, value in response.headers.items() if key != "content-length"}
        answer = StoredAnswer(asked, response.status_code, headers, bytes(response.body))
        await _store(connection, keys, encrypt_answer(answer, keys))
    return response


def _header_of(request: Request) -> str:
    value = request.headers[HEADER].strip()
    if not 0 < len(value) <= _LONGEST or not value.isprintable():
        raise invalid("/Idempotency-Key", "malformed", f"1 to {_LONGEST} printable characters")
    return value


async def _find(connection: AsyncConnection, keys: RequestKeys) -> bytes | None:
    query = select(idempotency.c.answer).where(
        idempotency.c.lookup == keys.lookup, idempotency.c.wall_clock_at > real_now() - KEPT
    )
    found: bytes | None = await connection.scalar(query)
    return found


def _replay(stored: bytes, keys: RequestKeys, asked: str) -> Response:
    try:
        answer = decrypt_answer(stored, keys)
    except UnreadableAnswer:
        # acting again could act twice, and what is stored is not what was answered
        _log.error("stored_answer_unreadable", lookup=keys.lookup.hex())
        raise Problem(500, "What was answered to this Idempotency-Key cannot be read any more.") from None
    if answer.request != asked:
        raise invalid("/Idempotency-Key", "reused_key", "This Idempotency-Key came with another body before.")
    return Response(answer.body, answer.status, {**answer.headers, "Idempotent-Replayed": "true"})


async def _store(connection: AsyncConnection, keys: RequestKeys, answer: bytes) -> None:
    kept = {"answer": answer, "wall_clock_at": real_now()}
    statement = insert(idempotency).values(lookup=keys.lookup, **kept)
    await connection.execute(statement.on_conflict_do_update(index_elements=[idempotency.c.lookup], set_=kept))
