"""What every request leaves behind: an id, one line in the log, and how long it took; nothing of what was sent."""

import re
import time
from collections.abc import Iterable
from functools import cache
from typing import Final

import structlog
from prometheus_client import Counter, Histogram
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.ids import new_id

HEADER: Final = "X-Request-ID"
UNMATCHED: Final = "unmatched"
"""The route of a request that led nowhere."""

_HEADER: Final = HEADER.lower().encode()
_GIVEN: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_QUIET: Final = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked every few seconds by machines: counted, not logged."""

http_requests_total = Counter("handoff_http_requests_total", "Requests answered.", ["method", "route", "status"])
http_request_seconds = Histogram(
    "handoff_http_request_seconds", "From the request until its answer begins.", ["method", "route"], buckets=_SECONDS
)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestLog:
    """Around the application. The caller's own `X-Request-ID` is kept where it looks like an id; else a new one."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        self._log = structlog.get_logger(__name__).bind()
        plain = (route for route in routes if isinstance(route, Route))
        self._templates: dict[object, str] = {route.endpoint: route.path for route in plain}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; streams count until they begin."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request_id = _given(scope) or new_id()
        began = time.perf_counter()

        async def begin(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (_HEADER, request_id.encode())]
                self._note(scope, message["status"], time.perf_counter() - began)
            await send(message)

        bound = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, begin)
        finally:
            structlog.contextvars.reset_contextvars(**bound)
        return None

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = self._route(scope), scope["method"] if scope["method"] in _METHODS else "OTHER"
        requests, durations = _figures(method, route, status)
        requests.inc()
        durations.observe(seconds)
        if route not in _QUIET:
            self._log.info("request", method=method, route=route, status=status, milliseconds=round(seconds * 1000, 1))

    def _route(self, scope: Scope) -> str:
        """The template of the address, which names no customer, as the address itself would."""
        route = scope.get("route")
        template = getattr(route, "path", None) or self._templates.get(scope.get("endpoint"))
        return str(template) if template else UNMATCHED


@cache
def _figures(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return http_requests_total.labels(method, route, str(status)), http_request_seconds.labels(method, route)


def _given(scope: Scope) -> str | None:
    """The id that the caller gave, unless it could be anything."""
    for name, value in scope["headers"]:
        if name == _HEADER:
            text = value.decode("latin-1")
            return text if _GIVEN.fullmatch(text) else None
    return None
