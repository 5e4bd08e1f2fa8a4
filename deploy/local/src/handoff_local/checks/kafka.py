"""What the doctor says of Kafka: whether its brokers answer, and whether our topics are there with their partitions."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Final

from handoff_local.checks.findings import Finding
from shared.process.settings import Settings

ANSWER_WITHIN: Final = 5.0


def examine_kafka(settings: Settings, within: float = ANSWER_WITHIN) -> Iterator[Finding]:
    """What there is to say; nothing where the records travel over PostgreSQL. Waits `within` seconds for an answer."""
    if not settings.kafka_bootstrap_servers:
        return
    try:
        found = asyncio.run(asyncio.wait_for(_count_partitions(settings), within))
    except OSError as error:
        why = str(error) or f"no answer within {within:g} s"
        yield Finding(
            "broken",
            f"Kafka at {settings.kafka_bootstrap_servers} cannot be used: {why}",
            "start it, or correct HANDOFF_KAFKA_BOOTSTRAP_SERVERS and the other settings of HANDOFF_KAFKA_",
        )
        return
    yield Finding("good", f"Kafka answers at {settings.kafka_bootstrap_servers}")
    yield from examine_topics(found, settings.kafka_partitions)


async def _count_partitions(settings: Settings) -> Mapping[str, int]:
    from shared.messaging.kafka.settings import Kafka
    from shared.messaging.kafka.topics import count_partitions

    return await count_partitions(Kafka.of(settings))


def examine_topics(found: Mapping[str, int], wanted: int) -> Iterator[Finding]:
    """What there is to say of topics with so many partitions, 0 where one is not there."""
    absent = [topic for topic, partitions in found.items() if not partitions]
    other = {topic: partitions for topic, partitions in found.items() if partitions not in (0, wanted)}
    if absent:
        yield Finding("broken", f"Kafka lacks topics: {', '.join(absent)}", "handoff migrate")
    if other:
        counted = ", ".join(f"{topic} {partitions}" for topic, partitions in other.items())
        yield Finding(
            "missing",
            f"topics have another number of partitions than HANDOFF_KAFKA_PARTITIONS, {wanted}: {counted}",
            "set it to what they have: a topic's number is never changed, which would part the records of a customer",
        )
    if not absent and not other:
        yield Finding("good", f"the {len(found)} topics are there, with {wanted} partitions each")
