"""The route class behind every `/v1` route: who calls, is the body JSON, has it been answered before."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from journey_api.auth import Principal, bearer_token
from journey_api.idempotency import HEADER, answer_once
from journey_api.problem import Problem
from journey_api.reading import read_json
from journey_api.stack import stack_of

_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


async def authenticate(request: Request) -> Principal:
    """The principal of a request; 401 without one."""
    return await stack_of(request).keys.principal(bearer_token(request.headers.get("authorization")))


class KeyedRoute(APIRoute):
    """A route that needs a key, reads JSON only, and honours `Idempotency-Key` on POST."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler behind authentication, body checks and the memory of answers."""
        handler = super().get_route_handler()

        async def keyed(request: Request) -> Response:
            principal = await authenticate(request)
            request.state.principal = principal
            raw = await read_json(request) if request.method in _WITH_BODY else b""
            if not raw and self.body_field is not None and self.body_field.field_info.is_required():
                raise Problem(400, "The body is missing.")
            if request.method == "POST" and HEADER in request.headers:
                return await answer_once(request, principal, raw, handler)
            return await handler(request)

        return keyed


def keyed_router(tag: str, **settings: Any) -> APIRouter:
    """A router whose routes all need a key."""
    return APIRouter(prefix="/v1", route_class=KeyedRoute, tags=[tag], **settings)
