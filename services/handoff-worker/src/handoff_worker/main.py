"""The process: reads the journey and the tasks, applies the playbook, starts tasks and clocks; relays to Kafka."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from handoff_worker.handlers import Worker
from shared.clock import clock_from
from shared.database import Database, read_anchor
from shared.health import Health, database_checks
from shared.messaging.consuming import consume
from shared.messaging.opening import open_transport
from shared.running import Parts, run_service
from shared.settings import Settings
from shared.task_documents import playbook

SERVICE = "handoff_worker"


@asynccontextmanager
async def _parts(settings: Settings, _stop: asyncio.Event) -> AsyncIterator[Parts]:
    database = Database(settings.database_address(), pool_size=4)
    try:
        clock = clock_from(await read_anchor(database))
        worker = Worker(playbook(), clock)
        opened = open_transport(settings, database)
        routing = partial(consume, opened.transport, database, clock, worker.consumer())
        health = Health({**database_checks(database), **opened.checks})
        yield Parts(health, loops={"routing": routing, **opened.relay})
    finally:
        await database.close()


def main() -> None:
    """The process `python -m handoff_worker`: works until SIGTERM."""
    run_service(SERVICE, _parts)
