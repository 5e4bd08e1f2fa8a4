"""What the application is made of, put together once by `main` and read by the dependencies."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from journey_api.access.api_keys import KeyRing
from journey_api.access.feed_tickets import FeedTickets
from journey_api.access.sessions import Sessions
from journey_api.feeds.hub import Hub
from journey_api.intake.batch_writer import BatchWriter
from journey_api.intake.known_dealers import KnownDealers
from journey_api.settings import ApiSettings
from shared.clock import Clock, real_now
from shared.db.engine import Database
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.playbook.ruleset.entries import Playbook

_EXPORTS_AT_ONCE: Final = 3
"""Each holds a connection until its caller has read all of it."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Database, domain clock and its rate, settings, keys, playbook, intake, feeds; `closing`: the process must stop.

    `real` is the clock of sessions and keys. `exports` has a place for each file that is being written.

    `background`: the database by connections that see every dealer, which no route uses.

    Streams end when `closing` is set: the lifespan's end comes too late for them.
    """

    database: Database
    clock: Clock
    settings: ApiSettings
    keys: KeyRing
    sessions: Sessions
    tickets: FeedTickets
    playbook: Playbook
    dealers: KnownDealers
    intake: BatchWriter
    hub: Hub
    listener: NotifyListener
    background: Database
    rate: float = 1.0
    real: Clock = real_now
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    exports: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_EXPORTS_AT_ONCE))


def stack_of_app(app: Starlette) -> Stack:
    """The stack of an application."""
    stack = app.state.stack
    assert isinstance(stack, Stack)
    return stack


def stack_of(connection: HTTPConnection) -> Stack:
    """The stack of the application a request came to."""
    return stack_of_app(connection.app)
