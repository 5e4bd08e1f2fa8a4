"""HTTP in and out; a new file of routes is one line in `ROUTERS`."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from fastapi import APIRouter
from starlette.routing import BaseRoute, Route

from journey_api.intake.endpoint import EventsEndpoint
from journey_api.routes import clock, events, keys
from journey_api.stack import Stack

PLAIN_ROUTES: Final[tuple[BaseRoute, ...]] = (Route("/v1/events", EventsEndpoint(), methods=["POST"]),)
"""Routes around FastAPI; `openapi` describes them by hand."""

ROUTERS: Final[tuple[APIRouter, ...]] = (clock.router, events.router, keys.router)

BACKGROUND: Final[tuple[Callable[[Stack], AbstractAsyncContextManager[None]], ...]] = (
    lambda stack: stack.intake.running(),
)
"""What runs beside the routes, from before the first request until after the last (intake's flusher, feed tailers)."""
