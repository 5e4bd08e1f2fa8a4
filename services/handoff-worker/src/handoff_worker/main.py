"""Composition root of the worker: topic consumer, jobs, relay to Kafka."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from handoff_worker.jobs.invariants import audit
from handoff_worker.jobs.jobs import close_idle_cases, offer_queues, resume_waits
from handoff_worker.routing.consumer import Worker
from shared.clock import Clock, clock_from, real_now
from shared.db.engine import Database, read_anchor
from shared.messaging.bus import Transport
from shared.messaging.consumer import ConsumerLoop
from shared.messaging.factory import open_transport
from shared.messaging.postgres.transport import PostgresTransport
from shared.messaging.retention import keep_pruned
from shared.playbook.ruleset.loader import playbook
from shared.process.health import Health, database_checks
from shared.process.periodic import MINUTE, SECOND, every
from shared.process.runner import Parts, run_service
from shared.process.settings import Settings
from shared.process.shutdown import Loop

SERVICE = "handoff_worker"


def loops_of(
    database: Database,
    clock: Clock,
    rate: float = 1.0,
    transport: Transport | None = None,
) -> Mapping[str, Loop]:
    """Every loop of the worker, by name. Without a transport it reads records from the outbox."""
    worker = Worker(playbook(), clock)

    async def check_invariants() -> None:
        await audit(database, clock(), real_now(), rate)

    return {
        "routing": ConsumerLoop(transport or PostgresTransport(database), database, clock, worker.consumer()),
        "waits": every(SECOND, "waits", partial(resume_waits, database, clock)),
        "queues": every(2 * SECOND, "queues", partial(offer_queues, database, clock)),
        "idle_cases": every(MINUTE, "idle_cases", partial(close_idle_cases, database, clock)),
        "invariants": every(MINUTE, "invariants", check_invariants),
        "retention": partial(keep_pruned, database),
    }


@asynccontextmanager
async def _parts(settings: Settings, _stop: asyncio.Event) -> AsyncIterator[Parts]:
    database = Database(settings.database_address(), pool_size=4)
    try:
        anchor = await read_anchor(database)
        opened = open_transport(settings, database)
        loops = loops_of(database, clock_from(anchor), anchor.rate if anchor else 1.0, opened.transport)
        health = Health({**database_checks(database), **opened.checks})
        yield Parts(health, loops={**loops, **opened.relay})
    finally:
        await database.close()


def main() -> None:
    """The process `python -m handoff_worker`: works until SIGTERM."""
    run_service(SERVICE, _parts)
