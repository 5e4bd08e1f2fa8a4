"""Looks into the topics and groups of a test's own Kafka past the transport, and meddles with them."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError

from shared.messaging.bus import Record
from shared.messaging.kafka.message_format import Message, to_record
from shared.messaging.kafka.settings import Kafka


async def read_topic(kafka: Kafka, name: str, partitions: int) -> list[Record]:
    """Every record of a topic, those of a partition in their order."""
    consumer = AIOKafkaConsumer(**kafka.client_options(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        places = [TopicPartition(kafka.topic(name), number) for number in range(partitions)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        found: list[Record] = []
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for messages in (await consumer.getmany(timeout_ms=200)).values():
                found += [to_record(name, Message(one.key, one.value, one.headers)) for one in messages]
        return found
    finally:
        await consumer.stop()


async def send_raw(kafka: Kafka, name: str, messages: Sequence[Message]) -> None:
    """Put any bytes on every partition of a topic, as a stranger could."""
    producer = AIOKafkaProducer(**kafka.client_options())
    await producer.start()
    try:
        for partition in await producer.partitions_for(kafka.topic(name)):
            for message in messages:
                await producer.send_and_wait(
                    kafka.topic(name), message.value, message.key, partition, headers=list(message.headers)
                )
    finally:
        await producer.stop()


async def rewind(kafka: Kafka, consumer: str, name: str, partitions: int) -> None:
    """Set a group back to the first offset of every partition, once the brokers count its last member as gone."""
    client = AIOKafkaConsumer(**kafka.client_options(), group_id=kafka.group(consumer), enable_auto_commit=False)
    await client.start()
    try:
        places = [TopicPartition(kafka.topic(name), number) for number in range(partitions)]
        client.assign(places)
        async with asyncio.timeout(60):
            while True:
                with suppress(CommitFailedError):
                    await client.commit(dict.fromkeys(places, 0))
                    return
    finally:
        await client.stop()


async def committed(kafka: Kafka, consumer: str, name: str) -> int:
    """How many records of a topic a group has behind it."""
    admin = AIOKafkaAdminClient(**kafka.client_options())
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(kafka.group(consumer))
        return sum(at.offset for partition, at in offsets.items() if partition.topic == kafka.topic(name))
    finally:
        await admin.close()
