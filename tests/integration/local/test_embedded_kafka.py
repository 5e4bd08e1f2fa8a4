"""A real Apache Kafka without Docker. That it keeps its data over a crash is shown by the tests of the relay."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import UnknownTopicOrPartitionError

from handoff_local.kafka import EmbeddedCluster, EmbeddedKafka, KafkaFailed
from handoff_local.kafka.jars import fetch_jars
from harness.kafka_source import Source, choose, this_machine

pytestmark = [pytest.mark.kafka, pytest.mark.processes]


@asynccontextmanager
async def admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client that may make topics."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def sender(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that looks for a topic for a few seconds."""
    client = AIOKafkaProducer(bootstrap_servers=bootstrap, request_timeout_ms=5_000)
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


@pytest.fixture
def broker(kafka_servers: str, tmp_path: Path) -> EmbeddedKafka:
    """A broker of the test's own, where this machine's Kafka comes from Maven."""
    if choose(this_machine()) is not Source.JARS:
        pytest.skip(f"the Kafka of this run is {kafka_servers}, not one from Maven")
    return EmbeddedKafka(tmp_path / "kafka")


async def test_a_broker_makes_the_topics_it_is_told_to_and_no_others(broker: EmbeddedKafka, kafka_servers: str) -> None:
    async with admin(kafka_servers) as client, sender(kafka_servers) as producer:
        await client.create_topics([NewTopic("embedded-kafka-test", 1, 1)])
        # a broker tells of a new topic a moment after the controller has made it: the producer waits for that
        await producer.send_and_wait("embedded-kafka-test", b"asked for")
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.send("embedded-kafka-unasked", b"nobody made this topic")
        assert "embedded-kafka-unasked" not in await client.list_topics()
        await client.delete_topics(["embedded-kafka-test"])


def test_a_broker_that_cannot_start_says_why(broker: EmbeddedKafka, tmp_path: Path) -> None:
    refused = EmbeddedKafka(tmp_path / "refused", settings={"log.cleanup.policy": "nonsense"})
    with pytest.raises(KafkaFailed, match="nonsense"):
        refused.start()


def test_the_jars_are_fetched_once(broker: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fetch_jars()
    assert list(folder.glob("kafka_2.13-*.jar"))
    said: list[str] = []
    assert fetch_jars(said.append) == folder
    assert said == []


@pytest.mark.nightly
async def test_three_brokers_go_on_without_the_leader_and_keep_what_they_took(
    broker: EmbeddedKafka, tmp_path: Path
) -> None:
    cluster = EmbeddedCluster(tmp_path / "cluster")
    cluster.start()
    try:
        async with (
            admin(cluster.bootstrap()) as client,
            AIOKafkaProducer(bootstrap_servers=cluster.bootstrap(), enable_idempotence=True) as producer,
        ):
            await client.create_topics([NewTopic("copied", 1, 3)])
            # who asks at once may be told of a topic without partitions: the producer waits for them
            await producer.send_and_wait("copied", b"before")
            (topic,) = await client.describe_topics(["copied"])
            leader = topic["partitions"][0]["leader"]
            cluster.brokers[leader].kill()
            await producer.send_and_wait("copied", b"without")
        cluster.brokers[leader].start()
        async with AIOKafkaConsumer(
            "copied", bootstrap_servers=cluster.bootstrap(), auto_offset_reset="earliest"
        ) as consumer:
            assert [(await consumer.getone()).value for _ in range(2)] == [b"before", b"without"]
    finally:
        cluster.stop()
