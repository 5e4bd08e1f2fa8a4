"""HTTP in and out; a new file of routes is one line in `ROUTERS`."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from fastapi import APIRouter

from journey_api.routes import clock, keys
from journey_api.stack import Stack

ROUTERS: Final[tuple[APIRouter, ...]] = (clock.router, keys.router)

BACKGROUND: Final[tuple[Callable[[Stack], AbstractAsyncContextManager[None]], ...]] = ()
"""What runs beside the routes, from before the first request until after the last (intake's flusher, feed tailers)."""
