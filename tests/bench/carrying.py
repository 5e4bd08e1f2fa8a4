"""Records carried over Kafka and nothing done with them: what the broker and its clients spend at the least."""

import asyncio
import os
from collections.abc import Sequence
from datetime import timedelta

from processes import Meter

from handoff_local.kafka import EmbeddedKafka
from shared.db.engine import Database
from shared.messaging.kafka.clients import close_consumer, make_consumer
from shared.messaging.kafka.producer import Outgoing
from shared.messaging.kafka.relay import AT_ONCE
from shared.messaging.kafka.settings import Kafka
from shared.messaging.kafka.topics import make_topics
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.messaging.postgres.outbox_reader import Reading, reading_outbox
from shared.messaging.postgres.stored_record import StoredRecord
from shared.process.settings import async_address
from shared.vocabulary import BUS_TOPICS, JOURNEY_TOPIC, SLA_TOPIC, TASKS_TOPIC

_NAMESPACE = "bench.floor."
_PARTITIONS = 12
_READERS = {
    "worker": (JOURNEY_TOPIC, TASKS_TOPIC),
    "offers": (SLA_TOPIC,),
    "notifier": (JOURNEY_TOPIC, TASKS_TOPIC, SLA_TOPIC),
}
_PATIENCE = timedelta(seconds=1)


async def carry(address: str, kafka: EmbeddedKafka) -> float:
    """Processor seconds for all records of a database's outbox, in the broker and in the clients.

    They are sent as the relay sends them and read as the worker and the notifier read them, each as much at once as
    there is: no record is looked at, none stored, and the outbox is read before.
    """
    cluster = Kafka(kafka.bootstrap(), "bench", _NAMESPACE)
    await make_topics(cluster, _PARTITIONS)
    records = await _records(address)
    broker, own = Meter([kafka.pid or 0]), os.times()
    await _send(cluster, records)
    await asyncio.gather(*(_read(cluster, name, topics, records) for name, topics in _READERS.items()))
    spent = os.times()
    return broker.read().cpu + spent.user + spent.system - own.user - own.system


async def _records(address: str) -> list[StoredRecord]:
    database = Database(async_address(address))
    records: list[StoredRecord] = []
    try:
        reading = Reading(_NAMESPACE, BUS_TOPICS, at_once=AT_ONCE)
        async with reading_outbox(database, reading, NotifyListener(database)) as reader:
            while batch := (await reader.receive(_PATIENCE)).records:
                records += batch
    finally:
        await database.close()
    return records


async def _send(cluster: Kafka, records: Sequence[StoredRecord]) -> None:
    outgoing = Outgoing(cluster)
    for start in range(0, len(records), AT_ONCE):
        await outgoing.publish(records[start : start + AT_ONCE])
    await outgoing.close()


async def _read(cluster: Kafka, name: str, topics: Sequence[str], records: Sequence[StoredRecord]) -> None:
    """As a member of a group, whose place is stored at the end."""
    left = sum(record.topic in topics for record in records)
    consumer = make_consumer(cluster, name)
    await consumer.start()
    try:
        consumer.subscribe([cluster.topic(topic) for topic in topics])
        while left > 0:
            left -= sum(map(len, (await consumer.getmany(timeout_ms=1000)).values()))
        await consumer.commit()
    finally:
        await close_consumer(consumer)
