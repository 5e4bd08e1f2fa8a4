"""The process: reads the journey and the tasks, applies the playbook, starts tasks and clocks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from handoff_worker.handlers import Worker
from shared.clock import clock_from
from shared.database import Database, read_anchor
from shared.health import Health, database_checks
from shared.messaging.consuming import consume
from shared.messaging.postgres import PostgresTransport
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
        transport = PostgresTransport(database)
        routing = partial(consume, transport, database, clock, worker.consumer())
        yield Parts(Health(database_checks(database)), loops={"routing": routing})
    finally:
        await database.close()


def main() -> None:
    """The process `python -m handoff_worker`: works until SIGTERM."""
    settings = Settings()
    run_service(SERVICE, settings, lambda stop: _parts(settings, stop))
