"""Errors as `application/problem+json` (RFC 9457), every one of them.

A route raises `Problem`; nothing else of the code base writes an error answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

MEDIA_TYPE: Final = "application/problem+json"
_LOG: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of the body: an RFC 6901 pointer, or `/name` of a query parameter."""

    pointer: str
    detail: str


class Problem(HTTPException):
    """An answer that is an error. `code` becomes the end of `type`, for those a caller tells apart.

    `detail` and `errors` reach the caller: no internals, no personal data.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        code: str | None = None,
        errors: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, dict(headers) if headers else None)
        self.code = code
        self.errors = tuple(errors)


def not_found() -> Problem:
    """Not there, or another dealer's: the caller cannot tell."""
    return Problem(404, "There is no such thing here.")


def invalid(pointer: str, detail: str) -> Problem:
    """One thing of the body is invalid."""
    return Problem(422, detail, errors=[Fault(pointer, detail)])


def unavailable(detail: str = "The database cannot be reached; nothing was stored.", *, seconds: int = 1) -> Problem:
    """Come again in some seconds."""
    return Problem(503, detail, headers={"Retry-After": str(seconds)})


def problem_document(problem: HTTPException, instance: str) -> dict[str, Any]:
    """The body of an error."""
    code = getattr(problem, "code", None)
    errors: Iterable[Fault] = getattr(problem, "errors", ())
    return {
        "type": f"urn:handoff:problem:{code}" if code else "about:blank",
        "title": code or HTTPStatus(problem.status_code).phrase,
        "status": problem.status_code,
        "detail": problem.detail,
        "instance": instance,
        "errors": [{"pointer": fault.pointer, "detail": fault.detail} for fault in errors],
    }


def problem_response(problem: HTTPException, instance: str) -> Response:
    """The answer of an error."""
    headers = dict(problem.headers or {})
    if problem.status_code == HTTPStatus.UNAUTHORIZED:
        headers.setdefault("WWW-Authenticate", "Bearer")
    if problem.status_code in (429, 503):
        headers.setdefault("Retry-After", "1")
    body = to_json(problem_document(problem, instance))
    return Response(body, problem.status_code, headers, media_type=MEDIA_TYPE)


def escape(part: object) -> str:
    """One reference token of a JSON pointer."""
    return str(part).replace("~", "~0").replace("/", "~1")


def pointer_of(location: Iterable[object], body: Any) -> str:
    """The JSON pointer of a pydantic location; parts that name no place of the body (union members) are left out."""
    parts = list(location)
    found: list[str] = []
    for index, part in enumerate(parts):
        if isinstance(body, Mapping):
            if part in body:
                body = body[part]
            elif index != len(parts) - 1 or part == "[key]":
                continue
        elif isinstance(body, list) and isinstance(part, int) and part < len(body):
            body = body[part]
        else:
            continue
        found.append("/" + escape(part))
    return "".join(found)


def faults_of(errors: Iterable[Mapping[str, Any]], body: Any, prefix: str = "") -> list[Fault]:
    """Pydantic's errors as faults, each place and text once."""
    faults = (Fault(prefix + pointer_of(error["loc"], body), _words(error)) for error in errors)
    return list(dict.fromkeys(faults))


def _words(error: Mapping[str, Any]) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    return {"extra_forbidden": "Unknown field", "missing": "Required"}.get(error["type"], message)


def _request_faults(error: RequestValidationError) -> list[Fault]:
    faults: list[Fault] = []
    for one in error.errors():
        place, *rest = one["loc"]
        inner = {**one, "loc": tuple(rest)}
        faults += faults_of([inner], error.body) if place == "body" else [Fault(f"/{rest[-1]}", _words(one))]
    return list(dict.fromkeys(faults))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem_response(error, request.url.path)


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problem = Problem(422, "The request is invalid.", errors=_request_faults(error))
    return problem_response(problem, request.url.path)


async def _database_error(request: Request, error: Exception) -> Response:
    if isinstance(error, DBAPIError) and not (error.connection_invalidated or is_outage(error)):
        return await _unexpected(request, error)
    _LOG.warning("database unreachable", path=request.url.path, error=type(error).__name__)
    return problem_response(unavailable(), request.url.path)


def is_outage(error: BaseException) -> bool:
    """Whether an error says that the database is away rather than that it refused something."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_outage(error.orig))
    if isinstance(error, OSError | TimeoutError | PoolTimeout):
        return True
    state = str(getattr(error, "sqlstate", "") or "")
    return state.startswith(("08", "57P", "53", "25006")) or "connection" in type(error).__name__.lower()


async def _unexpected(request: Request, error: Exception) -> Response:
    _LOG.error("request failed", path=request.url.path, exc_info=error)
    return problem_response(Problem(500, "Something went wrong here; it has been recorded."), request.url.path)


def install(app: FastAPI) -> None:
    """Let every error of the app answer as a problem."""
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    for outage in (DBAPIError, PoolTimeout, OSError, TimeoutError):
        app.add_exception_handler(outage, _database_error)
    app.add_exception_handler(Exception, _unexpected)
