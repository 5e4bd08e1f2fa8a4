"""Kafka's clients: how they start and end for good, a reader's, and a look whether the brokers answer at all."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

from shared.messaging.kafka.settings import MESSAGE_BYTES, Kafka, broker_faults

_METADATA_MS: Final = 30_000
_CLOSED_WITHIN: Final = 3.0

_log = structlog.get_logger()


def make_consumer(kafka: Kafka, consumer: str, renamed: int = 0) -> AIOKafkaConsumer:
    """A client for a member of the consumer's group, not started. It commits only what it is told to.

    `renamed`: how often the member took another name; the group knows it by its name alone.
    """
    session = round(kafka.session / timedelta(milliseconds=1))
    return AIOKafkaConsumer(
        **kafka.client_options(),
        group_id=kafka.group(consumer),
        group_instance_id=f"{kafka.instance}.{consumer}" + (f".{renamed}" if renamed else ""),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        metadata_max_age_ms=_METADATA_MS,
        session_timeout_ms=session,
        heartbeat_interval_ms=session // 3,
        # a class of its own: the client keeps what was assigned on the class, one for all readers of the process
        partition_assignment_strategy=[type("Sticky", (StickyPartitionAssignor,), {})],
        max_partition_fetch_bytes=MESSAGE_BYTES,
        fetch_max_bytes=2 * MESSAGE_BYTES,
    )


async def start_client(start: Coroutine[Any, Any, None]) -> None:
    """Await this start of a client. Broken off, it is given a moment to end by itself.

    A client that is stopped at its first question forgets the connection on which it asked, and nobody closes it.
    """
    task = asyncio.create_task(start)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await _ended(task)
        raise


async def close_consumer(client: AIOKafkaConsumer) -> None:
    """End a client, whatever state it is in."""
    if await _ended(asyncio.create_task(client.stop())):
        return
    _log.warning("consumer_not_closed")
    parts: Any = client
    for part in (parts._fetcher, parts._client):
        # what the client could not end by itself must not go on fetching
        if part is not None:
            await _ended(asyncio.create_task(part.close()))


async def _ended(task: asyncio.Task[None]) -> bool:
    """Whether this ended well in time; a task of its own, for the client lets cancellations of its tasks out."""
    await asyncio.wait([task], timeout=_CLOSED_WITHIN)
    if not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_CLOSED_WITHIN)
    return task.done() and not task.cancelled() and task.exception() is None


async def probe(kafka: Kafka) -> None:
    """Return when one of the brokers answers. Raises BrokerFault or OSError when none does."""
    client = AIOKafkaClient(**kafka.client_options())
    try:
        with broker_faults():
            await start_client(client.bootstrap())
    finally:
        await client.close()
