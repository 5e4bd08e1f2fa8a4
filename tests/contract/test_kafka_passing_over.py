"""Records of types a Kafka reader does not want: passed over, but neither behind it for ever nor ahead of its work."""

import asyncio
from datetime import timedelta

import pytest
from kafka_probes import committed, read_topic
from transport_probe import CREATED, DEALER

from harness.transports import PARTITIONS
from shared.clock import Clock
from shared.db.engine import Database
from shared.messaging.bus import new_record
from shared.messaging.kafka.settings import Kafka
from shared.messaging.kafka.transport import KafkaTransport
from shared.messaging.outbox import append
from shared.vocabulary import TASKS_TOPIC

pytestmark = [pytest.mark.database, pytest.mark.kafka]

OTHER = "handoff.task.updated.v1"
SHORTLY = timedelta(milliseconds=250)


async def publish(database: Database, clock: Clock, *types: str) -> None:
    """Records of one customer, of these types."""
    async with database.transaction(DEALER) as connection:
        await append(connection, [new_record(TASKS_TOPIC, one, DEALER, "C-1", clock(), {}) for one in types])


async def test_a_reader_that_passes_records_over_is_not_behind(kafka: Kafka, database: Database, clock: Clock) -> None:
    await publish(database, clock, OTHER, OTHER, OTHER)
    async with KafkaTransport(kafka).subscribe("worker", [TASKS_TOPIC], {CREATED}) as reader:
        async with asyncio.timeout(60):
            while await committed(kafka, "worker", TASKS_TOPIC) < 3:
                assert (await reader.receive(SHORTLY)).records == ()


async def test_what_is_passed_over_stores_nothing_received_before(
    kafka: Kafka, database: Database, clock: Clock
) -> None:
    await publish(database, clock, CREATED)
    async with KafkaTransport(kafka).subscribe("worker", [TASKS_TOPIC], {CREATED}) as reader:
        async with asyncio.timeout(60):
            while not (await reader.receive(SHORTLY)).records:
                pass
            await publish(database, clock, OTHER)
            while len(await read_topic(kafka, TASKS_TOPIC, PARTITIONS)) < 2:
                pass
            assert (await reader.receive(timedelta(seconds=1))).records == ()
            assert await committed(kafka, "worker", TASKS_TOPIC) == 0
            await reader.store_position()
            while await committed(kafka, "worker", TASKS_TOPIC) < 2:
                await reader.receive(SHORTLY)
