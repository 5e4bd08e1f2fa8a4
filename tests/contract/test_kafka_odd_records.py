"""Records out of the ordinary over Kafka: ids of every script, large and too large, dead, on fewer partitions."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from kafka_probes import read_topic
from sqlalchemy.ext.asyncio import AsyncConnection
from transport_probe import CREATED, DEALER, TransportProbe

from harness.transports import PARTITIONS, own_kafka, relaying
from shared.clock import Clock
from shared.db.engine import Database
from shared.messaging.bus import Record, dead_topic, new_record
from shared.messaging.dead_letters import DEAD_TYPE
from shared.messaging.kafka.settings import Kafka
from shared.messaging.kafka.topics import make_topics
from shared.messaging.kafka.transport import KafkaTransport
from shared.messaging.outbox import append
from shared.process.telemetry import relay_records_total
from shared.vocabulary import TASKS_TOPIC

pytestmark = [pytest.mark.database, pytest.mark.kafka]

MEBIBYTE = 1024 * 1024


def stage_on(kafka: Kafka, database: Database, owner: Database, clock: Clock) -> TransportProbe:
    """A probe on this Kafka."""
    open_one = partial(KafkaTransport, kafka)
    return TransportProbe(database, owner, clock, open_one, open_one, None)


@pytest.fixture
def probe(kafka: Kafka, database: Database, owner: Database, clock: Clock, no_effects: None) -> TransportProbe:
    """A probe on the Kafka of the test."""
    return stage_on(kafka, database, owner, clock)


async def publish(probe: TransportProbe, dealer_id: str, customer: str, *datas: dict[str, Any]) -> None:
    """One transaction with records of a customer of a dealer."""
    async with probe.database.transaction(dealer_id) as connection:
        records = [new_record(TASKS_TOPIC, CREATED, dealer_id, customer, probe.clock(), data) for data in datas]
        await append(connection, records)


async def test_ids_of_every_script_and_several_dealers_keep_their_order(probe: TransportProbe, kafka: Kafka) -> None:
    people = [(dealer, who) for dealer in (DEALER, "порту-01") for who in ("Ж 1", "客戶", "𝔠" * 128, "a,b;c=%41")]
    for number in range(1, 6):
        for dealer_id, customer in people:
            await publish(probe, dealer_id, customer, {"number": number})
    async with probe.consuming():
        effects = await probe.until_effects(5 * len(people))
    for dealer_id, customer in people:
        key = customer if dealer_id == DEALER else f"{dealer_id}/{customer}"
        assert [number for found, number in effects if found == key] == [1, 2, 3, 4, 5]
    records = await read_topic(kafka, TASKS_TOPIC, PARTITIONS)
    assert {record.key for record in records} == {f"{dealer_id}/{customer}" for dealer_id, customer in people}
    assert all(record.dealer_id == record.key.partition("/")[0] for record in records)


async def test_a_large_record_travels_and_one_no_topic_takes_is_left_out(probe: TransportProbe, kafka: Kafka) -> None:
    left_out = relay_records_total.labels("too_large")
    before = left_out._value.get()
    await publish(
        probe,
        DEALER,
        "C-1",
        {"number": 1, "pad": "ç" * MEBIBYTE},
        {"number": 2, "pad": "x" * 9 * MEBIBYTE},
        {"number": 3, "pad": "x" * 4 * MEBIBYTE},
        {"number": 4},
    )
    async with probe.consuming():
        assert await probe.until_effects(3) == [("C-1", 1), ("C-1", 3), ("C-1", 4)]
    assert left_out._value.get() - before >= 1


async def test_a_dead_record_is_told_of_on_its_topic_under_its_key(probe: TransportProbe, kafka: Kafka) -> None:
    async def stumble(connection: AsyncConnection, records: Sequence[Record]) -> None:
        if any(record.data["number"] == 2 for record in records):
            raise ValueError("two")
        await probe.act(connection, records)

    await probe.publish("C-1", 1, 2, 3)
    async with probe.consuming(handle=stumble):
        assert await probe.until_effects(2) == [("C-1", 1), ("C-1", 3)]
        dead: list[Record] = []

        async def told() -> bool:
            dead[:] = await read_topic(kafka, dead_topic(TASKS_TOPIC), PARTITIONS)
            return bool(dead)

        await probe.until(told)
    (record,) = dead
    assert (record.type, record.key, record.source) == (DEAD_TYPE, f"{DEALER}/C-1", f"/dealers/{DEALER}")
    assert (record.data["reason"], record.data["tries"], record.data["consumer"]) == ("ValueError: two", 3, "worker")
    assert record.data["record"]["data"] == {"number": 2}


async def test_topics_that_exist_with_fewer_partitions_serve(
    kafka_servers: str, database: Database, owner: Database, clock: Clock, no_effects: None
) -> None:
    kafka = own_kafka(kafka_servers)
    await make_topics(kafka, 1)
    assert await make_topics(kafka, PARTITIONS) == []
    probe = stage_on(kafka, database, owner, clock)
    async with relaying(database, kafka), probe.consuming():
        for number in range(1, 21):
            for customer in ("C-1", "C-2"):
                await probe.publish(customer, number)
        effects = await probe.until_effects(40)
    for customer in ("C-1", "C-2"):
        assert [number for found, number in effects if found == customer] == list(range(1, 21))
