"""A client that is broken off, at its first question or in mid-work, leaves nothing open and nobody waiting."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka.conn import AIOKafkaConnection

from harness.transports import PARTITIONS, own_kafka
from shared.messaging.kafka.clients import probe
from shared.messaging.kafka.producer import Outgoing
from shared.messaging.kafka.settings import Kafka
from shared.messaging.kafka.topics import make_topics
from shared.messaging.kafka.transport import KafkaTransport
from shared.messaging.postgres.stored_record import StoredRecord
from shared.vocabulary import TASKS_TOPIC

pytestmark = pytest.mark.kafka

RECORD = StoredRecord(TASKS_TOPIC, "D/C-1", "D", "R-1", "task", "/test", datetime(2026, 3, 2, tzinfo=UTC), "{}", None)


class Wire:
    """Sees every connection and what is asked on it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._asked: dict[str, asyncio.Event] = {}
        self._connections: set[AIOKafkaConnection] = set()
        send = AIOKafkaConnection.send

        def seen(connection: AIOKafkaConnection, request: Any, *args: Any, **options: Any) -> Any:
            self._connections.add(connection)
            answer = send(connection, request, *args, **options)
            self._event(type(request).__name__).set()
            return answer

        monkeypatch.setattr(AIOKafkaConnection, "send", seen)

    @property
    def open(self) -> int:
        """The connections that nobody has closed."""
        return sum(connection.connected() for connection in self._connections)

    async def break_off(self, work: Awaitable[object], at: str) -> None:
        """Begin this work, and cancel it when a request of this name has been sent."""
        task = asyncio.ensure_future(work)
        async with asyncio.timeout(60):
            await self._event(at).wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    def _event(self, request: str) -> asyncio.Event:
        return self._asked.setdefault(request, asyncio.Event())


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """The connections of the test."""
    return Wire(monkeypatch)


async def _read(kafka: Kafka) -> None:
    async with KafkaTransport(kafka).subscribe("worker", [TASKS_TOPIC]):
        pytest.fail("it is broken off before")


async def _send(kafka: Kafka) -> None:
    outgoing = Outgoing(kafka)
    try:
        await outgoing.publish([RECORD])
    finally:
        await outgoing.abandon()


async def _make_topics(kafka: Kafka) -> None:
    await make_topics(kafka, PARTITIONS)


@pytest.mark.parametrize("work", [_read, _send, _make_topics, probe])
async def test_a_start_broken_off_at_its_first_question_leaves_no_connection(
    wire: Wire, kafka_servers: str, work: Callable[[Kafka], Awaitable[None]]
) -> None:
    await wire.break_off(work(own_kafka(kafka_servers)), at="MetadataRequest")
    assert wire.open == 0


async def test_a_producer_broken_off_in_mid_work_ends_all_it_was_doing(wire: Wire, kafka_servers: str) -> None:
    kafka = own_kafka(kafka_servers)
    await make_topics(kafka, PARTITIONS)
    before = asyncio.all_tasks()
    await wire.break_off(_send(kafka), at="ProduceRequest")
    assert (wire.open, asyncio.all_tasks() - before) == (0, set())
