"""The topics that the migrate job makes, and what it says when it cannot."""

import asyncio
import socket

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from structlog.testing import capture_logs

from handoff_local.database.migrate import migrate
from handoff_local.database.settings import MigrateSettings
from handoff_local.errors import CommandFailed
from harness.transports import own_kafka
from shared.messaging.kafka.settings import BrokerFault, Kafka
from shared.messaging.kafka.topics import count_brokers, make_topics
from shared.vocabulary import BUS_TOPICS

DAY = 24 * 3600 * 1000


async def _settings(kafka: Kafka, topics: list[str]) -> dict[str, dict[str, str]]:
    admin = AIOKafkaAdminClient(**kafka.client_options())
    await admin.start()
    try:
        wanted = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]
        (answer,) = await admin.describe_configs(wanted)
        return {resource[3]: {entry[0]: entry[1] for entry in resource[4]} for resource in answer.resources}
    finally:
        await admin.close()


@pytest.mark.kafka
async def test_every_topic_and_its_dead_letters_are_made_once_as_the_contract_says(kafka_servers: str) -> None:
    kafka = own_kafka(kafka_servers)
    made = await make_topics(kafka, 4)
    assert made == [kafka.topic(name) for name in (*BUS_TOPICS, *(f"{name}.dead" for name in BUS_TOPICS))]
    for topic, settings in (await _settings(kafka, made)).items():
        days = 90 if topic.endswith(".dead") else 14
        assert (settings["retention.ms"], settings["cleanup.policy"]) == (str(days * DAY), "delete")
        assert int(settings["max.message.bytes"]) > 2 * 1024 * 1024
        assert int(settings["segment.ms"]) == DAY
    with capture_logs() as told:
        assert await make_topics(kafka, 4) == []
    assert told == []


@pytest.mark.kafka
async def test_another_number_of_partitions_is_warned_of_and_left(kafka_servers: str) -> None:
    kafka = own_kafka(kafka_servers)
    await make_topics(kafka, 2)
    with capture_logs() as told:
        assert await make_topics(kafka, 3) == []
    assert {line["event"] for line in told} == {"topic_has_other_partitions"}
    assert [(line["partitions"], line["wanted"]) for line in told] == [(2, 3)] * 8


def test_while_no_controller_is_known_nothing_is_asked_of_it() -> None:
    brokers = [{"node_id": 1}, {"node_id": 2}]
    assert count_brokers({"brokers": brokers, "controller_id": 2}) == 2
    for unknown in ({"brokers": brokers, "controller_id": -1}, {"brokers": [], "controller_id": 1}):
        with pytest.raises(BrokerFault, match="no controller"):
            count_brokers(unknown)


@pytest.mark.database
async def test_without_the_broker_the_job_ends_with_a_sentence(migrated: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        servers = f"127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(CommandFailed, match=f"Kafka at {servers} cannot be used .*Errno 111.*HANDOFF_KAFKA"):
            await asyncio.to_thread(migrate, MigrateSettings(database_url=migrated, kafka_bootstrap_servers=servers))


@pytest.mark.kafka
@pytest.mark.database
async def test_the_job_makes_them(migrated: str, kafka_servers: str) -> None:
    settings = MigrateSettings(database_url=migrated, kafka_bootstrap_servers=kafka_servers)
    await asyncio.to_thread(migrate, settings)
    assert await make_topics(Kafka.of(settings), 12) == []
