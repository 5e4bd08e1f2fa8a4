"""The application, built here from its parts, and the process that serves it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import FrameType
from typing import Final

import uvicorn
import uvloop
from fastapi import FastAPI

from journey_api import openapi, problem
from journey_api.keys import KeyRing
from journey_api.routes import BACKGROUND, ROUTERS
from journey_api.stack import Stack, stack_of_app
from shared.clock import Clock, clock_from
from shared.database import Database, read_anchor
from shared.settings import Settings

PORT_FILE: Final = "journey-api.port"
"""Where the process writes the port it really listens on, inside the data folder."""


def create_app(database: Database, clock: Clock, settings: Settings, *, rate: float = 1.0) -> FastAPI:
    """The API over a database and a domain clock that runs `rate` times as fast as real time.

    Its lifespan has to be entered before it is called: intake and feeds work in the background.
    """
    app = FastAPI(title="Handoff", version="1.0.0", docs_url=None, redoc_url=None, lifespan=_running)
    app.state.stack = Stack(database, clock, settings, KeyRing(database, clock, settings.bootstrap_key), rate)
    problem.install(app)
    for router in ROUTERS:
        app.include_router(router)
    openapi.install(app)
    return app


@asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    stack = stack_of_app(app)
    async with AsyncExitStack() as running:
        for background in BACKGROUND:
            await running.enter_async_context(background(stack))
        yield
        stack.closing.set()


class Server(uvicorn.Server):
    """A server that ends streams the moment it is told to stop, and says which port it got."""

    def __init__(self, config: uvicorn.Config, stack: Stack, settings: Settings) -> None:
        super().__init__(config)
        self._stack = stack
        self._port_file = settings.data_dir / PORT_FILE
        self._loop = asyncio.get_running_loop()

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Listen, then write the port down."""
        await super().startup()
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            self._port_file.parent.mkdir(parents=True, exist_ok=True)
            self._port_file.write_text(f"{port}\n")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop, streams first: a stream that stayed open would hold the process."""
        super().handle_exit(sig, frame)
        self._loop.call_soon_threadsafe(self._stack.closing.set)


async def serve(settings: Settings) -> None:
    """Serve the API until SIGTERM."""
    database = Database(settings.database_address())
    anchor = await read_anchor(database)
    app = create_app(database, clock_from(anchor), settings, rate=anchor.rate if anchor else 1.0)
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level=settings.log_level.lower(),
        timeout_graceful_shutdown=5,
        server_header=False,
    )
    try:
        await Server(config, stack_of_app(app), settings).serve()
    finally:
        await database.close()


def main() -> None:
    """The process `python -m journey_api`."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(Settings()))
