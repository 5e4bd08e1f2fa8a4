"""The application, built here from its parts, and the process that serves it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from journey_api.access.api_keys import KeyRing
from journey_api.access.app_state import Stack, stack_of_app
from journey_api.docs import openapi
from journey_api.feeds.hub import Hub
from journey_api.http import problems as problem
from journey_api.intake.batch_writer import Flusher
from journey_api.intake.known_dealers import KnownDealers
from journey_api.routes import BACKGROUND, PLAIN_ROUTES, ROUTERS
from shared.clock import Clock, clock_from
from shared.db.engine import Database, read_anchor
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.ruleset.loader import load_playbook
from shared.process.health import Health, database_checks
from shared.process.runner import Parts, run_service
from shared.process.settings import Settings

SERVICE = "journey_api"
_NO_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's own would record what callers send, which is personal; `/metrics` is ours."""


def create_app(
    database: Database,
    clock: Clock,
    settings: Settings,
    *,
    rate: float = 1.0,
    closing: asyncio.Event | None = None,
    health: Health | None = None,
    playbook: Playbook | None = None,
) -> FastAPI:
    """The API over a database and a domain clock that runs `rate` times as fast as real time.

    Its lifespan has to be entered before it is called: intake and feeds work in the background. `closing` is set
    by the process when it is told to stop.
    """
    app = FastAPI(
        title="Handoff", version="1.0.0", docs_url=None, redoc_url=None, lifespan=_running, telemetry=_NO_TELEMETRY
    )
    rules = playbook or load_playbook()
    app.state.stack = Stack(
        database=database,
        clock=clock,
        settings=settings,
        keys=KeyRing(database, clock, settings.bootstrap_key),
        playbook=rules,
        dealers=KnownDealers(database),
        intake=Flusher(database, clock, rules),
        hub=Hub(database),
        rate=rate,
        closing=closing or asyncio.Event(),
    )
    problem.install(app)
    app.router.routes[:0] = PLAIN_ROUTES
    app.router.routes.extend((health or Health(database_checks(database))).routes())
    for router in ROUTERS:
        # as they are: included, each would be built a second time, at the first request that comes near it
        app.router.routes.extend(router.routes)
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


@asynccontextmanager
async def _parts(settings: Settings, stop: asyncio.Event) -> AsyncIterator[Parts]:
    database = Database(settings.database_address())
    try:
        # only the embedded database has a clock of its own; another may not be there yet, which /readyz tells
        anchor = None if settings.database_url else await read_anchor(database)
        health = Health(database_checks(database))
        rate = anchor.rate if anchor else 1.0
        app = create_app(database, clock_from(anchor), settings, rate=rate, closing=stop, health=health)
        async with app.router.lifespan_context(app):
            yield Parts(health, app=app)
    finally:
        await database.close()


def main() -> None:
    """The process `python -m journey_api`: serves until SIGTERM."""
    run_service(SERVICE, _parts)
