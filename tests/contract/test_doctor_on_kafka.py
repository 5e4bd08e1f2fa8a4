"""What the doctor says of Kafka."""

import asyncio
import socket

import pytest

from handoff_local.checks.findings import Finding
from handoff_local.checks.kafka import examine_kafka, examine_topics
from harness.transports import own_kafka
from shared.messaging.kafka.settings import Kafka
from shared.messaging.kafka.topics import count_partitions, make_topics
from shared.process.settings import Settings
from shared.vocabulary import BUS_TOPICS


def _examined(servers: str, **more: int) -> list[Finding]:
    return list(examine_kafka(Settings(kafka_bootstrap_servers=servers, **more)))


def test_over_postgresql_nothing_is_said_of_kafka() -> None:
    assert _examined("") == []


@pytest.mark.kafka
def test_brokers_that_answer_and_have_the_topics_are_good(kafka_servers: str) -> None:
    asyncio.run(make_topics(Kafka.of(Settings(kafka_bootstrap_servers=kafka_servers)), 12))
    assert [(finding.level, finding.what) for finding in _examined(kafka_servers)] == [
        ("good", f"Kafka answers at {kafka_servers}"),
        ("good", "the 8 topics are there, with 12 partitions each"),
    ]
    told = _examined(kafka_servers, kafka_partitions=5)[1]
    assert told.level == "missing"
    assert "HANDOFF_KAFKA_PARTITIONS, 5" in told.what
    assert all(f"{topic} 12" in told.what and f"{topic}.dead 12" in told.what for topic in BUS_TOPICS)


@pytest.mark.kafka
async def test_topics_that_nobody_made_are_named_and_not_made_by_asking(kafka_servers: str) -> None:
    kafka = own_kafka(kafka_servers)
    for _ in range(2):
        (told,) = examine_topics(await count_partitions(kafka), 3)
        assert (told.level, told.cure) == ("broken", "handoff migrate")
        assert all(kafka.topic(name) in told.what for name in BUS_TOPICS)
    await make_topics(kafka, 3)
    assert [told.level for told in examine_topics(await count_partitions(kafka), 3)] == ["good"]


def test_with_nobody_listening_it_says_so_and_what_to_do() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        servers = f"127.0.0.1:{nobody.getsockname()[1]}"
        (told,) = _examined(servers)
    assert told.level == "broken"
    assert f"Kafka at {servers} cannot be used" in told.what
    assert "HANDOFF_KAFKA_BOOTSTRAP_SERVERS" in told.cure


def test_something_else_that_listens_and_never_answers_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings = Settings(kafka_bootstrap_servers=f"127.0.0.1:{silent.getsockname()[1]}")
        (told,) = examine_kafka(settings, within=0.5)
    assert told.level == "broken"
    assert "no answer within 0.5 s" in told.what
