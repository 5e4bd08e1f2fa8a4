"""HTTP in and out; a new file of routes is one line in `ROUTERS`."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from fastapi import APIRouter
from starlette.routing import BaseRoute, Route

from journey_api.access.app_state import Stack
from journey_api.feeds.poller import run_feeds
from journey_api.routes import (
    calendar_imports,
    callbacks,
    cases,
    clock_migrations,
    clock_reports,
    closed_addresses,
    contacts,
    dead_letters,
    dealers,
    events,
    feeds,
    handoffs,
    journeys,
    keys,
    me,
    merges,
    messages,
    meta,
    notifications,
    playbook,
    promises,
    quality,
    reference,
    sessions,
    tasks,
    templates,
    timelines,
    unsubscribe,
    vocabulary,
)

PLAIN_ROUTES: Final[tuple[BaseRoute, ...]] = (
    Route("/asyncapi.json", meta.show_asyncapi),
    events.POST_EVENTS,
)
"""Routes around FastAPI; `openapi` describes the hot one by hand, `main` puts it before the layers too."""

ROUTERS: Final[tuple[APIRouter, ...]] = (
    meta.router,
    events.router,
    vocabulary.router,
    keys.router,
    sessions.router,
    sessions.tickets,
    me.router,
    dealers.router,
    calendar_imports.router,
    reference.router,
    merges.router,
    closed_addresses.router,
    feeds.router,
    tasks.router,
    cases.router,
    timelines.router,
    handoffs.router,
    contacts.router,
    messages.router,
    templates.router,
    promises.router,
    clock_reports.router,
    clock_migrations.router,
    notifications.router,
    quality.router,
    playbook.router,
    dead_letters.router,
    journeys.router,
    callbacks.router,
    unsubscribe.router,
)

BACKGROUND: Final[tuple[Callable[[Stack], AbstractAsyncContextManager[None]], ...]] = (
    lambda stack: stack.intake.running(),
    lambda stack: run_feeds(
        stack.background, stack.clock, stack.hub, stack.listener, stack.closing, stack.keys.forget_all
    ),
)
"""What runs beside the routes, from before the first request until after the last (intake's flusher, feed tailers)."""
