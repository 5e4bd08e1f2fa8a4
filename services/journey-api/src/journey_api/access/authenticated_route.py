"""The route class behind every `/v1` route: who calls, is the body JSON, has it been answered before."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from journey_api.access.app_state import stack_of
from journey_api.access.idempotency import HEADER, answer_once
from journey_api.http.auth import Principal, bearer_token
from journey_api.http.problems import Problem, not_found
from journey_api.http.query_parameters import parameters_of, read_query
from journey_api.http.request_body import JSON, read_json

_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


async def authenticate(request: Request) -> Principal:
    """The principal of a request; 401 without one."""
    return await stack_of(request).keys.principal(bearer_token(request.headers.get("authorization")))


class KeyedRoute(APIRoute):
    """A route that needs a key, reads only `accepted` media types, and honours `Idempotency-Key` on POST."""

    accepted: frozenset[str] = frozenset({JSON})

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler behind authentication, body checks and the memory of answers."""
        handler = super().get_route_handler()
        parameters = parameters_of(self.dependant)

        async def keyed(request: Request) -> Response:
            principal = await authenticate(request)
            request.state.principal = principal
            _refuse_nul(request)
            read_query(request.scope, parameters)
            raw = await read_json(request, self.accepted) if request.method in _WITH_BODY else b""
            if not raw and self.body_field is not None and self.body_field.field_info.is_required():
                raise Problem(400, "The body is missing.")
            if request.method == "POST" and HEADER in request.headers:
                return await answer_once(request, principal, raw, handler)
            return await handler(request)

        return keyed


def _refuse_nul(request: Request) -> None:
    """Raise 404: NUL cannot be stored, so nothing has it in its name."""
    if any("\x00" in str(value) for value in request.path_params.values()):
        raise not_found()


def keyed_router(tag: str, **settings: Any) -> APIRouter:
    """A router whose routes all need a key."""
    return APIRouter(prefix="/v1", route_class=KeyedRoute, tags=[tag], **settings)
