"""Errors as `application/problem+json` (RFC 9457), every one of them.

A route raises `Problem`; nothing else of the code base writes an error answer.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from journey_api.http.nearest import nearest
from journey_api.http.validation_errors import MOST_FAULTS, faults_of, ids_near, wrong_of
from shared.faults import Fault, FaultCode, unknown_id
from shared.process.transient_errors import is_outage

MEDIA_TYPE: Final = "application/problem+json"
Show = Callable[[Request, Response], Response]
"""What is answered in place of a problem's answer, or that."""

_Handler = Callable[[Request, Exception], Awaitable[Response]]
_LOG: Final = structlog.get_logger(__name__)
_NO_SUCH_METHOD: Final = 405


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


def not_among(name: str, given: str, known: Iterable[str]) -> Problem:
    """What the part `name` of a path names is not one of a closed list."""
    fault = unknown_id(f"/{name}", "Unknown", given, known)
    return Problem(404, "There is no such thing here.", errors=[fault])


def invalid(pointer: str, code: FaultCode, detail: str, allowed: tuple[str, ...] = ()) -> Problem:
    """One thing of the request is invalid; `allowed` are the known ids nearest to it."""
    return Problem(422, detail, errors=[Fault(pointer, code, detail, allowed)])


def unavailable(detail: str = "The database cannot be reached; nothing was stored.", *, seconds: int = 1) -> Problem:
    """Come again in some seconds."""
    return Problem(503, detail, headers={"Retry-After": str(seconds)})


def problem_document(problem: HTTPException, instance: str) -> dict[str, Any]:
    """The body of an error; of very many faults it says the first."""
    code = getattr(problem, "code", None)
    errors: Iterable[Fault] = getattr(problem, "errors", ())
    return {
        "type": f"urn:handoff:problem:{code}" if code else "about:blank",
        "title": code or HTTPStatus(problem.status_code).phrase,
        "status": problem.status_code,
        "detail": problem.detail,
        "instance": instance,
        "errors": [fault_document(fault) for fault in islice(errors, MOST_FAULTS)],
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
    }


def fault_document(fault: Fault) -> dict[str, Any]:
    """One of a problem's `errors`."""
    shown: dict[str, Any] = {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail}
    if fault.values:
        shown["values"] = dict(fault.values)
    allowed = fault.allowed or (nearest(*fault.unknown) if fault.unknown else ())
    return shown | {"allowed": allowed} if allowed else shown


def problem_response(problem: HTTPException, instance: str) -> Response:
    """The answer of an error."""
    headers = dict(problem.headers or {})
    if problem.status_code == HTTPStatus.UNAUTHORIZED:
        headers.setdefault("WWW-Authenticate", "Bearer")
    if problem.status_code in (429, 503):
        headers.setdefault("Retry-After", "1")
    body = to_json(problem_document(problem, instance))
    return Response(body, problem.status_code, headers, media_type=MEDIA_TYPE)


def _request_faults(error: RequestValidationError) -> list[Fault]:
    faults: list[Fault] = []
    for one in error.errors()[:MOST_FAULTS]:
        place, *rest = one["loc"]
        inner = {**one, "loc": tuple(rest)}
        faults += faults_of([inner], error.body) if place == "body" else [_outside_body(place, rest, one)]
    return list(dict.fromkeys(faults))


def _outside_body(place: object, rest: Sequence[Any], error: Mapping[str, Any]) -> Fault:
    """A fault of the query, at `?name`, or of path and headers."""
    pointer = f"?{rest[0]}" if place == "query" else f"/{rest[-1]}"
    return wrong_of(error).at(pointer)._replace(allowed=ids_near(error))


def instance_of(request: Request) -> str:
    """The path that was asked for, as a URI reference."""
    return quote(request.scope["path"], safe="/:@!$&'()*+,;=~")


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = problem_response(error, instance_of(request))
    if error.status_code == _NO_SUCH_METHOD:
        answer.headers["Allow"] = _methods_at(request)
    return answer


def _methods_at(request: Request) -> str:
    """The methods of all routes of an address (RFC 9110, 10.2.1): the error names those of one."""
    met = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return ", ".join(sorted({method for route in met for method in getattr(route, "methods", None) or ()}))


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if request.method != "PUT" and any(one["loc"][0] == "path" for one in error.errors()):
        return problem_response(not_found(), instance_of(request))
    problem = Problem(422, "The request is invalid.", errors=_request_faults(error))
    return problem_response(problem, instance_of(request))


async def _database_error(request: Request, error: Exception) -> Response:
    if not is_outage(error):
        return await _unexpected(request, error)
    _LOG.warning("database unreachable", path=request.url.path, error=type(error).__name__)
    return problem_response(unavailable(), instance_of(request))


async def _unexpected(request: Request, error: Exception) -> Response:
    _LOG.error("request failed", path=request.url.path, exc_info=error)
    return problem_response(Problem(500, "Something went wrong here; it has been recorded."), instance_of(request))


_HANDLERS: Final[Mapping[type[Exception], _Handler]] = {
    HTTPException: _http_error,
    RequestValidationError: _validation_error,
    **dict.fromkeys((DBAPIError, PoolTimeout, OSError, TimeoutError), _database_error),
    Exception: _unexpected,
}


def install(app: FastAPI, show: Show = lambda _request, answer: answer) -> None:
    """Let every error of the app answer as a problem, or as what `show` makes of that answer."""
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, partial(_shown, handler, show))


async def _shown(handler: _Handler, show: Show, request: Request, error: Exception) -> Response:
    return show(request, await handler(request, error))


async def answer_error(request: Request, error: Exception) -> tuple[Response, bool]:
    """The answer of an error, and whether it was expected: one that was not is raised on once it is answered."""
    kind = next(kind for kind in type(error).__mro__ if kind in _HANDLERS)
    return await _HANDLERS[kind](request, error), kind is not Exception
