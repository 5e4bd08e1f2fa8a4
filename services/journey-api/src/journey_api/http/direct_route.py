"""A route that is reached before the layers of its application, for one that is called more often than all others."""

from collections.abc import Awaitable, Callable, Iterable

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from journey_api.http.problems import answer_error

Answer = Callable[[Scope, Receive], Awaitable[Iterable[Message]]]
"""Makes the whole answer of a request, and sends nothing."""


class DirectRoute:
    """Around the layers of an application, in which the route is too: what it raises is answered as there."""

    def __init__(self, app: ASGIApp, route: Route, answer: Answer) -> None:
        self._app = app
        self._route = route
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of the route; give every other to the layers."""
        if not self._is_meant(scope):
            return await self._app(scope, receive, send)
        scope["endpoint"] = self._route.endpoint
        try:
            messages = await self._answer(scope, receive)
        except Exception as error:
            return await _refuse(scope, receive, send, error)
        for message in messages:
            await send(message)
        return None

    def _is_meant(self, scope: Scope) -> bool:
        path, methods = self._route.path, self._route.methods or ()
        return bool(
            scope["type"] == "http"
            and scope["path"] == path
            and scope["method"] in methods
            and not scope.get("root_path")
        )


async def _refuse(scope: Scope, receive: Receive, send: Send, error: Exception) -> None:
    response, expected = await answer_error(Request(scope, receive), error)
    await response(scope, receive, send)
    if not expected:
        raise error
