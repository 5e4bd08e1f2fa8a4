"""Makes the topics, for the migrate job, and counts their partitions, for the doctor."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, Final

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, TopicAlreadyExistsError, for_code

from shared.messaging.bus import dead_topic
from shared.messaging.kafka.clients import start_client
from shared.messaging.kafka.settings import MESSAGE_BYTES, BrokerFault, Kafka, broker_faults
from shared.messaging.retention import RECORDS_KEPT
from shared.process.error_text import reason_of
from shared.vocabulary import BUS_TOPICS

DEAD_KEPT: Final = timedelta(days=90)
_SEGMENT: Final = timedelta(days=1)
_COPIES: Final = 3
_SEEN_WITHIN: Final = 10.0
_ASK_AGAIN: Final = 0.05

_log = structlog.get_logger()


async def make_topics(kafka: Kafka, partitions: int) -> list[str]:
    """Make those of our topics that are missing; answer their names on the brokers.

    They can be read and written when this returns. Topics that exist are left as they are; another number of partitions
    than this one is warned of, for changing it would part the records of a key. Raises BrokerFault, OSError or
    TimeoutError when the brokers cannot be reached or refuse.
    """
    async with _asking(kafka) as admin:
        existing = await _partitions(admin)
        copies = min(_COPIES, count_brokers(await admin.describe_cluster()))
        wanted = [_topic(kafka, name, kept, partitions, copies) for name, kept in _kept().items()]
        for topic in wanted:
            _warn(topic.name, existing.get(topic.name, partitions), partitions)
        made = await _create(admin, [topic for topic in wanted if topic.name not in existing])
        await _until_seen(admin, {topic.name for topic in wanted})
        return made


async def count_partitions(kafka: Kafka) -> dict[str, int]:
    """How many partitions each of our topics has, by its name on the brokers; 0 where there is no such topic.

    Raises BrokerFault, OSError or TimeoutError when the brokers cannot be reached or refuse.
    """
    async with _asking(kafka) as admin:
        found = await _partitions(admin)
    return {topic: found.get(topic, 0) for topic in map(kafka.topic, _kept())}


def count_brokers(cluster: Mapping[str, Any]) -> int:
    """The brokers of a described cluster. Raises BrokerFault while no controller is known, who alone makes topics."""
    brokers = {broker["node_id"] for broker in cluster["brokers"]}
    if cluster["controller_id"] not in brokers:
        raise BrokerFault("the brokers know no controller yet")
    return len(brokers)


@asynccontextmanager
async def _asking(kafka: Kafka) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client that is connected. It tells in its log alone why it cannot be: that is what BrokerFault then says."""
    with broker_faults(), _capture_logs() as captured:
        admin = AIOKafkaAdminClient(**kafka.client_options())
        try:
            try:
                await start_client(admin.start())
            except KafkaConnectionError as error:
                raise BrokerFault(captured.last or reason_of(error)) from error
            yield admin
        finally:
            await admin.close()


class _CapturedLog(logging.Handler):
    """Keeps the last thing that was said."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.last = record.getMessage()


@contextmanager
def _capture_logs() -> Iterator[_CapturedLog]:
    logger, captured = logging.getLogger("aiokafka"), _CapturedLog(logging.WARNING)
    propagated, logger.propagate = logger.propagate, False
    logger.addHandler(captured)
    try:
        yield captured
    finally:
        logger.removeHandler(captured)
        logger.propagate = propagated


def _kept() -> Mapping[str, timedelta]:
    return dict.fromkeys(BUS_TOPICS, RECORDS_KEPT) | {dead_topic(name): DEAD_KEPT for name in BUS_TOPICS}


def _topic(kafka: Kafka, name: str, kept: timedelta, partitions: int, copies: int) -> NewTopic:
    settings = {
        "cleanup.policy": "delete",
        "retention.ms": _milliseconds(kept),
        # a record is deleted with its segment: short ones, so that none outlives the inbox that would know it again
        "segment.ms": _milliseconds(_SEGMENT),
        "max.message.bytes": str(MESSAGE_BYTES),
        "min.insync.replicas": str(max(1, copies - 1)),
    }
    return NewTopic(kafka.topic(name), partitions, copies, topic_configs=settings)


def _milliseconds(duration: timedelta) -> str:
    return str(round(duration / timedelta(milliseconds=1)))


async def _partitions(admin: AIOKafkaAdminClient) -> Mapping[str, int]:
    described: Iterable[Mapping[str, Any]] = await admin.describe_topics()
    return {topic["topic"]: len(topic["partitions"]) for topic in described if not topic["error_code"]}


def _warn(topic: str, found: int, wanted: int) -> None:
    if found != wanted:
        _log.warning("topic_has_other_partitions", topic=topic, partitions=found, wanted=wanted)


async def _create(admin: AIOKafkaAdminClient, topics: list[NewTopic]) -> list[str]:
    """Answers those that nobody else made meanwhile."""
    if not topics:
        return []
    made = []
    for topic, code, *_ in (await admin.create_topics(topics)).topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise BrokerFault(f"the brokers refuse topic {topic}: {error.__name__}")
        if not code:
            made.append(topic)
    return made


async def _until_seen(admin: AIOKafkaAdminClient, topics: set[str]) -> None:
    """A broker tells clients of a new topic a moment after another has made it."""
    async with asyncio.timeout(_SEEN_WITHIN):
        while True:
            if topics <= (await _partitions(admin)).keys():
                return
            await asyncio.sleep(_ASK_AGAIN)
