"""Composition root of the worker: topic consumers, jobs, relay to Kafka."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from handoff_worker.jobs.auditor import Heartbeat, audit_in_turn
from handoff_worker.jobs.heartbeat import PingedAddress
from handoff_worker.jobs.operations_gauges import measure_operations
from handoff_worker.offers.consumer import OffersConsumer
from handoff_worker.quality.judge import Judging
from handoff_worker.routing.consumer import Worker
from handoff_worker.settings import WorkerSettings
from handoff_worker.triggers.consumer import TriggersConsumer
from shared.clock import Clock, clock_from, real_now
from shared.db.engine import EVERY_DEALER, Database, read_anchor
from shared.messaging.bus import Transport
from shared.messaging.consumer import ConsumerLoop
from shared.messaging.factory import open_transport
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.messaging.postgres.transport import PostgresTransport
from shared.messaging.retention import keep_pruned
from shared.playbook.ruleset.loader import playbook
from shared.process.health import Health, database_checks
from shared.process.periodic import MINUTE, SECOND, JobLoop, periodic
from shared.process.runner import Parts, run_service
from shared.process.shutdown import Loop

SERVICE = "handoff_worker"
_CONNECTIONS: Final = 11
"""A consumer holds one as long as it reads, and works with another; hints come over one, the jobs share two."""


def loops_of(
    database: Database,
    clock: Clock,
    listener: NotifyListener,
    rate: float = 1.0,
    transport: Transport | None = None,
    heartbeat: Heartbeat | None = None,
) -> Mapping[str, Loop]:
    """Every loop of the worker, by name. Without a transport it reads the outbox, woken by the listener."""
    noted = asyncio.Event()
    worker, offers = Worker(playbook(), clock, noted), OffersConsumer(playbook(), clock)
    opened = transport or PostgresTransport(database, listener)

    async def check_invariants() -> None:
        await audit_in_turn(database, clock(), real_now(), rate, heartbeat)

    async def measure() -> None:
        await measure_operations(database, clock(), real_now())

    judging = periodic(
        5 * SECOND, "moments", Judging(database, playbook(), clock).judge_due, noted, repeat=False, gather=2 * SECOND
    )
    return {
        "routing": ConsumerLoop(opened, database, clock, worker.consumer()),
        "offers": ConsumerLoop(opened, database, clock, offers.consumer()),
        "triggers": ConsumerLoop(opened, database, clock, TriggersConsumer(playbook(), clock).consumer()),
        "notify_listener": listener.run,
        # others note something too, without a word: every pass looks
        "moments": JobLoop("moments", judging.run, judging.single_pass),
        "invariants": periodic(MINUTE, "invariants", check_invariants),
        "gauges": periodic(15 * SECOND, "gauges", measure),
        "retention": partial(keep_pruned, database),
    }


@asynccontextmanager
async def _parts(settings: WorkerSettings, _stop: asyncio.Event) -> AsyncIterator[Parts]:
    database = Database(
        settings.database_address(), name=SERVICE, sees=EVERY_DEALER, pool_size=_CONNECTIONS, plan_once=True
    )
    watcher = PingedAddress(settings.heartbeat_url)
    try:
        anchor = await read_anchor(database)
        listener = NotifyListener(database)
        opened = open_transport(settings, database, listener)
        rate = anchor.rate if anchor else 1.0
        loops = loops_of(database, clock_from(anchor), listener, rate, opened.transport, watcher.ping)
        health = Health({**database_checks(database), **opened.checks})
        yield Parts(health, loops={**loops, **opened.relay})
    finally:
        await watcher.close()
        await database.close()


def main() -> None:
    """The process `python -m handoff_worker`: works until SIGTERM."""
    run_service(SERVICE, WorkerSettings, _parts)
