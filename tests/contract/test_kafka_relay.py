"""The relay: in order, one at a time, over the brokers' absence and its own producer's end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest
from kafka_probes import read_topic
from transport_probe import TransportProbe

from handoff_local.kafka import EmbeddedKafka
from harness.transports import PARTITIONS, own_kafka, relaying
from shared.clock import Clock
from shared.db.engine import Database
from shared.messaging.bus import Record
from shared.messaging.kafka.relay import Relay
from shared.messaging.kafka.settings import Kafka
from shared.messaging.kafka.topics import make_topics
from shared.messaging.kafka.transport import KafkaTransport
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.vocabulary import TASKS_TOPIC

pytestmark = [pytest.mark.database, pytest.mark.kafka]

CUSTOMERS = [f"C-{number}" for number in range(6)]


@pytest.fixture
def kafka(empty_kafka: Kafka) -> Kafka:
    """The relays are the tests' own."""
    return empty_kafka


@pytest.fixture
def probe(
    database: Database, owner: Database, clock: Clock, no_effects: None, request: pytest.FixtureRequest
) -> TransportProbe:
    """A probe on the Kafka of the test."""
    open_one = partial(KafkaTransport, request.getfixturevalue("kafka"))
    return TransportProbe(database, owner, clock, open_one, open_one, None)


async def _until_relayed(probe: TransportProbe, kafka: Kafka, count: int) -> list[Record]:
    found: list[Record] = []

    async def enough() -> bool:
        found[:] = await read_topic(kafka, TASKS_TOPIC, PARTITIONS)
        return len({record.identity for record in found}) >= count

    await probe.until(enough, seconds=40)
    return found


def _first_occurrences(records: list[Record]) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}
    for record in {record.identity: record for record in reversed(records)}.values():
        numbers.setdefault(record.key.removeprefix("lisboa-01/"), []).insert(0, record.data["number"])
    return numbers


async def test_of_two_relays_one_works_and_the_other_takes_over(probe: TransportProbe, kafka: Kafka) -> None:
    async with AsyncExitStack() as second:
        async with relaying(probe.database, kafka):
            await probe.publish("C-1", 1)
            await _until_relayed(probe, kafka, 1)
            await second.enter_async_context(relaying(probe.database, kafka))
            for number in range(2, 31):
                await probe.publish("C-1", number)
            relayed = await _until_relayed(probe, kafka, 30)
            assert [record.data["number"] for record in relayed] == list(range(1, 31)), "none twice"
        await probe.publish("C-1", 31)
        relayed = await _until_relayed(probe, kafka, 31)
    assert [record.data["number"] for record in relayed] == list(range(1, 32))


async def test_a_producer_that_fails_for_good_is_replaced(probe: TransportProbe, kafka: Kafka) -> None:
    producers = set()
    async with relaying(probe.database, kafka) as relay:
        for number in range(1, 41):
            for customer in CUSTOMERS:
                await probe.publish(customer, number)
            if number in (10, 20, 30):
                await _until_relayed(probe, kafka, len(CUSTOMERS) * number)
                producer = relay._outgoing._producer
                producers.add(producer)
                sequences = producer._txn_manager._sequence_numbers
                for partition in list(sequences):
                    sequences[partition] += 1000  # which the broker refuses from now on, whatever is tried
        relayed = await _until_relayed(probe, kafka, len(CUSTOMERS) * 40)
        assert len(producers | {relay._outgoing._producer}) == 4
        assert await relay.check() == "ok"
    assert _first_occurrences(relayed) == {customer: list(range(1, 41)) for customer in CUSTOMERS}


async def test_the_relay_dies_between_acknowledgement_and_position(
    probe: TransportProbe, kafka: Kafka, listener: NotifyListener
) -> None:
    for customer in CUSTOMERS:
        await probe.publish(customer, *range(1, 101))
    relay = Relay(probe.database, kafka, listener)
    running = asyncio.create_task(relay.run(asyncio.Event()))
    await _until_relayed(probe, kafka, 1)
    running.cancel()
    await asyncio.wait([running])
    async with relaying(probe.database, kafka):
        relayed = await _until_relayed(probe, kafka, len(CUSTOMERS) * 100)
    assert _first_occurrences(relayed) == {customer: list(range(1, 101)) for customer in CUSTOMERS}


class TestBrokersOfItsOwn:
    """A broker that is not there yet, and is killed later."""

    @pytest.fixture
    def broker(self, kafka_servers: str, tmp_path: Path) -> AsyncIterator[EmbeddedKafka]:
        """A broker to be killed, where a shared one was found at all."""
        broker = EmbeddedKafka(tmp_path / "kafka", heap="256m")
        yield broker
        broker.stop()

    @pytest.fixture
    def kafka(self, broker: EmbeddedKafka) -> Kafka:
        """The cluster of that broker."""
        return own_kafka(broker.bootstrap())

    async def test_not_there_yet_then_killed_and_restarted_under_load(
        self, probe: TransportProbe, kafka: Kafka, broker: EmbeddedKafka
    ) -> None:
        transport = probe.open()
        assert await transport.check() == "ok", "a service starts without its broker"
        async with relaying(probe.database, kafka) as relay, probe.consuming(transport):
            await probe.publish("C-0", 0)

            async def both_say_so() -> bool:
                await probe.effects()
                return "ok" not in (await relay.check(), await transport.check())

            await probe.until(both_say_so, seconds=60)
            broker.launch()
            await asyncio.to_thread(broker.wait_ready)
            await make_topics(kafka, PARTITIONS)
            await probe.until_effects(1)
            assert (await relay.check(), await transport.check()) == ("ok", "ok")

            count = 1 + len(CUSTOMERS) * 120
            writing = asyncio.create_task(_write(probe, 120, {40: broker.kill, 80: broker.launch}))
            await probe.until(partial(_effects_of, probe, count), seconds=180)
            await writing
            assert (await relay.check(), await transport.check()) == ("ok", "ok")
            effects = await probe.effects()
        for customer in CUSTOMERS:
            numbers = [number for key, number in effects if key == customer]
            assert numbers[numbers[0] == 0 :] == list(range(1, 121))
        kept = await read_topic(kafka, TASKS_TOPIC, PARTITIONS)
        assert len({record.identity for record in kept}) == count, "the broker has what it took before it was killed"


async def _write(probe: TransportProbe, last: int, faults: dict[int, Callable[[], None]]) -> None:
    for number in range(1, last + 1):
        if fault := faults.get(number):
            fault()
        for customer in CUSTOMERS:
            await probe.publish(customer, number)


async def _effects_of(probe: TransportProbe, count: int) -> Awaitable[bool]:
    return len(await probe.effects()) >= count
