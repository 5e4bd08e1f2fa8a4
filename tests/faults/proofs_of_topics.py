"""Proofs about the topics of Kafka, read from their beginning by a plain client: all is there, in its order."""

from collections import defaultdict
from dataclasses import dataclass

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from carriers import PARTITIONS

TOPICS = ("handoff.journey.v1", "handoff.tasks.v1", "handoff.sla.v1")


@dataclass(frozen=True, slots=True)
class Told:
    """One message: its topic, its key, and the CloudEvents source and id in its headers."""

    topic: str
    key: str
    identity: tuple[str, str]


async def read_topics(servers: str) -> list[Told]:
    """Every message there is now; those of a partition in their order."""
    client = AIOKafkaConsumer(bootstrap_servers=servers, group_id=None, enable_auto_commit=False)
    await client.start()
    try:
        places = [TopicPartition(topic, part) for topic in TOPICS for part in range(PARTITIONS)]
        client.assign(places)
        await client.seek_to_beginning()
        ends = await client.end_offsets(places)
        told: list[Told] = []
        while [place for place in places if await client.position(place) < ends[place]]:
            for messages in (await client.getmany(timeout_ms=500)).values():
                told += [_told(message) for message in messages]
        return told
    finally:
        await client.stop()


def _told(message: object) -> Told:
    headers = {name: value.decode() for name, value in message.headers}  # type: ignore[attr-defined]
    key = message.key.decode()  # type: ignore[attr-defined]
    return Told(message.topic, key, (headers["ce_source"], headers["ce_id"]))  # type: ignore[attr-defined]


async def prove_topics(connection: asyncpg.Connection, servers: str) -> int:
    """Each record of the outbox is on its topic, none is from nothing, first occurrences of a key are in order.

    Answers how many messages are repeats.
    """
    told = await read_topics(servers)
    rows = await connection.fetch(
        "select topic, key, source, record_id from outbox where topic = any($1::text[]) order by seq", list(TOPICS)
    )
    wanted: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        wanted[row["topic"], row["key"]].append((row["source"], row["record_id"]))
    found: dict[tuple[str, str], dict[tuple[str, str], None]] = defaultdict(dict)
    for one in told:
        found[one.topic, one.key].setdefault(one.identity)
    for place in wanted.keys() | found.keys():
        assert list(found[place]) == wanted[place], place
    return len(told) - len(rows)
