"""What keeps the feeds going in an API process: the writer's turn, and the tailer of the rows."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, get_args

from journey_api.feeds.ended_access import ACCESS_ENDED, follow_ended_access
from journey_api.feeds.hub import Hub
from journey_api.feeds.numbered_rows import number_records
from shared.clock import Clock
from shared.db.engine import Database
from shared.lifecycle import Recorded
from shared.messaging.consumer import Consumer, consume
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.messaging.postgres.pg_notify import FEEDS
from shared.messaging.postgres.transport import PostgresTransport
from shared.process.shutdown import Loop
from shared.process.supervisor import Supervisor
from shared.vocabulary import SLA_TOPIC, TASKS_TOPIC

_CLOCK_ACTIONS: Final = ("started", "warning", "breached", "met", "escalated", "cancelled", "corrected")
WRITER: Final = Consumer(
    name="feed",
    topics=(TASKS_TOPIC, SLA_TOPIC),
    types=frozenset(
        [f"handoff.task.{action}.v1" for action in get_args(Recorded)]
        + [f"handoff.sla.{action}.v1" for action in _CLOCK_ACTIONS]
    ),
    handle=number_records,
)
"""Numbers the records after their commit. It always tails the outbox, whatever carries records between services."""


@asynccontextmanager
async def run_feeds(
    database: Database,
    clock: Clock,
    hub: Hub,
    listener: NotifyListener,
    closing: asyncio.Event,
    forget_keys: Callable[[], None],
) -> AsyncIterator[None]:
    """Number records (one API process at a time does) and fan them out, until the context ends.

    Streams end with the key or session they were opened by. They end as soon as `closing` is set, because a server
    waits for them before it ends the context.
    """
    stop, access_ended = asyncio.Event(), asyncio.Event()
    closer = asyncio.create_task(_close(hub, closing))
    transport = PostgresTransport(database, listener)
    listener.set_on({ACCESS_ENDED: access_ended})
    loops: dict[str, Loop] = {
        "feed writer": partial(consume, transport, database, clock, WRITER),
        "feed tailer": hub.run,
        "notify listener": listener.run,
        "feed access": partial(follow_ended_access, access_ended, hub, forget_keys),
    }
    with listener.waking(FEEDS, hub.wake):
        running = asyncio.create_task(Supervisor(loops).run(stop))
        try:
            yield
        finally:
            stop.set()
            hub.close()
            closer.cancel()
            await running


async def _close(hub: Hub, closing: asyncio.Event) -> None:
    await closing.wait()
    hub.close()
