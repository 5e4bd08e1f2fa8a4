"""The application, built here from its parts, and the process that serves it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from journey_api.access.api_keys import KeyRing
from journey_api.access.app_state import Stack, stack_of_app
from journey_api.access.feed_tickets import FeedTickets
from journey_api.access.sessions import Sessions
from journey_api.console import routes as console
from journey_api.console.pages_for_problems import page_of_failure, with_page
from journey_api.docs import openapi
from journey_api.feeds.hub import Hub
from journey_api.http import cors
from journey_api.http import problems as problem
from journey_api.http.direct_route import DirectRoute
from journey_api.http.request_log import RequestLog
from journey_api.intake.batch_writer import BatchWriter
from journey_api.intake.known_dealers import KnownDealers
from journey_api.routes import BACKGROUND, PLAIN_ROUTES, ROUTERS, events
from journey_api.settings import ApiSettings
from shared.clock import Clock, clock_from, real_now
from shared.db.engine import EVERY_DEALER, Database, read_anchor
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.ruleset.loader import load_playbook
from shared.process.health import Health, database_checks
from shared.process.runner import Parts, run_service

SERVICE = "journey_api"
_BACKGROUND_CONNECTIONS: Final = 4
"""Of the feeds: to hear of news, to read the outbox, to number what was read, to hand it out."""
_NO_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's own would record what callers send, which is personal; `/metrics` is ours."""


def create_app(
    database: Database,
    clock: Clock,
    settings: ApiSettings,
    *,
    rate: float = 1.0,
    closing: asyncio.Event | None = None,
    health: Health | None = None,
    playbook: Playbook | None = None,
    real: Clock = real_now,
    background: Database | None = None,
) -> FastAPI:
    """The API over a database and a domain clock that runs `rate` times as fast as real time.

    Its lifespan has to be entered before it is called: intake and feeds work in the background. `closing` is set
    by the process when it is told to stop. `real` is the time of sessions, tickets and keys. `background`: the same
    database by connections that see every dealer, for the feeds, which act for no caller.
    """
    app = FastAPI(
        title="Handoff", version="1.0.0", docs_url=None, redoc_url=None, lifespan=_running, telemetry=_NO_TELEMETRY
    )
    keys = KeyRing(database, settings.bootstrap_key, real)
    rules = playbook or load_playbook()
    app.state.stack = Stack(
        database=database,
        clock=clock,
        settings=settings,
        keys=keys,
        sessions=Sessions(database, keys, real, settings.public_url),
        tickets=FeedTickets(database, keys, real),
        playbook=rules,
        dealers=KnownDealers(database),
        intake=BatchWriter(database, clock, rules),
        hub=Hub(background or database),
        listener=NotifyListener(background or database),
        background=background or database,
        rate=rate,
        real=real,
        closing=closing or asyncio.Event(),
    )
    problem.install(app, page_of_failure)
    _add_routes(app, health or Health(database_checks(database)))
    openapi.install(app)
    _add_layers(app, settings)
    return app


def _add_routes(app: FastAPI, health: Health) -> None:
    app.router.routes[:0] = (*console.ROUTES, *PLAIN_ROUTES)
    app.router.routes.extend(health.routes())
    for router in ROUTERS:
        # as they are: included, each would be built a second time, at the first request that comes near it
        app.router.routes.extend(router.routes)
    app.router.default = with_page(app.router.default)


def _add_layers(app: FastAPI, settings: ApiSettings) -> None:
    layers = app.build_middleware_stack()
    direct = DirectRoute(layers, events.POST_EVENTS, events.ENDPOINT.answer)
    app.middleware_stack = RequestLog(direct, app.router.routes)
    cors.install(app, settings.allowed_origins)


@asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    stack = stack_of_app(app)
    async with AsyncExitStack() as running:
        for background in BACKGROUND:
            await running.enter_async_context(background(stack))
        yield
        stack.closing.set()


@asynccontextmanager
async def _parts(settings: ApiSettings, stop: asyncio.Event) -> AsyncIterator[Parts]:
    address = settings.database_address()
    database = Database(address, name=SERVICE)
    background = Database(address, name=SERVICE, sees=EVERY_DEALER, pool_size=_BACKGROUND_CONNECTIONS, plan_once=True)
    try:
        # only the embedded database has a clock of its own; another may not be there yet, which /readyz tells
        anchor = None if settings.database_url else await read_anchor(database)
        health = Health(database_checks(database))
        rate = anchor.rate if anchor else 1.0
        app = create_app(
            database, clock_from(anchor), settings, rate=rate, closing=stop, health=health, background=background
        )
        async with app.router.lifespan_context(app):
            yield Parts(health, app=app)
    finally:
        await background.close()
        await database.close()


def main() -> None:
    """The process `python -m journey_api`: serves until SIGTERM."""
    run_service(SERVICE, ApiSettings, _parts)
