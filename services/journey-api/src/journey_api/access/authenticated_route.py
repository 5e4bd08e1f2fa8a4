"""The route class behind every `/v1` route: who calls, is the body JSON, has it been answered before."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Scope

from journey_api.access.app_state import stack_of, stack_of_app
from journey_api.access.idempotency import HEADER, answer_once
from journey_api.access.sessions import COOKIE
from journey_api.http.auth import Principal, bearer_token
from journey_api.http.problems import Problem, not_found
from journey_api.http.query_parameters import parameters_of, read_query
from journey_api.http.request_body import JSON, read_json

_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


async def authenticate(request: HTTPConnection, method: str = "GET") -> Principal:
    """The principal of a request: of its bearer key, else of its session.

    401 without either; 403 `cross_site` for an unsafe method whose session comes with no `Origin` of this host.
    """
    stack, header = stack_of(request), request.headers.get("authorization")
    session = request.cookies.get(COOKIE) if header is None else None
    if not session:
        return await stack.keys.principal(bearer_token(header))
    stack.sessions.require_same_site(method, request.headers)
    return await stack.sessions.principal(session)


async def authenticate_post(scope: Scope) -> Principal:
    """As `authenticate`, for the route that is called most: with a key no request is made of the scope."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return await stack_of_app(scope["app"]).keys.principal(bearer_token(value.decode("latin-1")))
    return await authenticate(HTTPConnection(scope), "POST")


async def is_still_allowed(request: HTTPConnection, principal: Principal) -> bool:
    """Whether the caller of a stream that has begun may go on reading: its key is valid, its session has not ended."""
    stack, session = stack_of(request), request.cookies.get(COOKIE)
    by_session = session and "authorization" not in request.headers and "ticket" not in request.query_params
    try:
        if session and by_session:
            await stack.sessions.principal(session)
        else:
            await stack.keys.principal_of_hash(principal.secret_hash)
    except Problem:
        return False
    return True


class KeyedRoute(APIRoute):
    """A route that needs a key, reads only `accepted` media types, and honours `Idempotency-Key` on POST."""

    accepted: frozenset[str] = frozenset({JSON})
    idempotent: bool = True

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler behind authentication, body checks and the memory of answers."""
        handler = super().get_route_handler()
        parameters = parameters_of(self.dependant)

        async def keyed(request: Request) -> Response:
            principal = await self.authenticate(request)
            request.state.principal = principal
            _refuse_nul(request)
            read_query(request.scope, parameters)
            raw = await self.read(request) if request.method in _WITH_BODY else b""
            if not raw and self.body_field is not None and self.body_field.field_info.is_required():
                raise Problem(400, "The body is empty.")
            if self.idempotent and request.method == "POST" and HEADER in request.headers:
                return await answer_once(request, principal, raw, handler)
            return await handler(request)

        return keyed

    async def authenticate(self, request: Request) -> Principal:
        """Who calls."""
        return await authenticate(request, request.method)

    async def read(self, request: Request) -> bytes:
        """The body, checked and left where FastAPI finds it."""
        return await read_json(request, self.accepted)


class TicketRoute(KeyedRoute):
    """A route whose caller may show a feed ticket (`?ticket=`) in place of a key."""

    async def authenticate(self, request: Request) -> Principal:
        """Who calls."""
        # not `request.query_params`: it keeps what it once read, and `read_query` has yet to spread the values
        ticket = QueryParams(request.scope["query_string"]).get("ticket")
        if ticket is None or "authorization" in request.headers:
            return await super().authenticate(request)
        return await stack_of(request).tickets.principal(ticket)


class UnrememberedRoute(KeyedRoute):
    """A route that needs a key and answers anew each time: `Idempotency-Key` is not read."""

    idempotent = False


def _refuse_nul(request: Request) -> None:
    """Raise 404: NUL cannot be stored, so nothing has it in its name."""
    if any("\x00" in str(value) for value in request.path_params.values()):
        raise not_found()


def keyed_router(tag: str, route_class: type[KeyedRoute] = KeyedRoute, **settings: Any) -> APIRouter:
    """A router whose routes all need a key."""
    return APIRouter(prefix="/v1", route_class=route_class, tags=[tag], **settings)
