"""A real Kafka for the bench, its JVM warm."""

import asyncio
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from handoff_local.kafka import EmbeddedKafka, KafkaFailed, fetch_jars

_TOPIC = "bench.warmth"
_PARTITIONS = 4
_RECORDS = 20_000
_AT_ONCE = 100

# a client that finds a broker just started asks again, and would tell of it each time
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def missing() -> str:
    """Why there is no broker on this machine, empty if there is."""
    try:
        fetch_jars(print)
    except KafkaFailed as failure:
        return str(failure)
    return ""


@contextmanager
def broker() -> Iterator[EmbeddedKafka]:
    """A running broker on a folder of its own, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="handoff-bench-kafka-") as folder:
        kafka = EmbeddedKafka(Path(folder))
        kafka.start()
        try:
            yield kafka
        finally:
            kafka.stop()


async def warm(bootstrap: str) -> None:
    """Write and read enough for the JVM to have compiled what it does all day."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(_TOPIC, _PARTITIONS, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=0)
    await producer.start()
    for start in range(0, _RECORDS, _AT_ONCE):
        sent = [await producer.send(_TOPIC, os.urandom(400), str(start + n).encode()) for n in range(_AT_ONCE)]
        await asyncio.gather(*sent)
    await producer.stop()
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    consumer.assign([TopicPartition(_TOPIC, number) for number in range(_PARTITIONS)])
    read = 0
    while read < _RECORDS:
        batches = await consumer.getmany(timeout_ms=1000)
        read += sum(len(batch) for batch in batches.values())
    await consumer.stop()


@asynccontextmanager
async def counting(bootstrap: str, topic: str) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Asks a running broker how many records a topic has ever had."""
    # asked again each second what the topic's partitions are: a broker just started may not know yet
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, metadata_max_age_ms=1000)
    await consumer.start()

    async def count() -> int:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(consumer.assignment())
        return sum(ends.values())

    try:
        yield count
    finally:
        await consumer.stop()
