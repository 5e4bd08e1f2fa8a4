"""Members of a Kafka consumer group: they share, die, freeze, take each other's name, and no effect is doubled."""

import asyncio
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from kafka_probes import committed, rewind, send_raw
from transport_probe import TransportProbe

from harness.bus_records import to_message
from harness.transports import PARTITIONS, own_kafka, relaying
from shared.clock import Clock
from shared.db.engine import Database
from shared.messaging.kafka import transport as transport_module
from shared.messaging.kafka.membership import GivenNothing, InstanceTaken
from shared.messaging.kafka.message_format import Message
from shared.messaging.kafka.settings import BrokerFault, Kafka
from shared.messaging.kafka.topics import make_topics
from shared.messaging.kafka.transport import KafkaSubscription, KafkaTransport
from shared.process.settings import async_address
from shared.process.telemetry import consumer_records_total
from shared.vocabulary import TASKS_TOPIC

pytestmark = [pytest.mark.database, pytest.mark.kafka]

CUSTOMERS = [f"C-{number}" for number in range(12)]
PATIENCE = timedelta(seconds=15)


@pytest.fixture
async def probe(kafka: Kafka, database: Database, owner: Database, clock: Clock, no_effects: None) -> TransportProbe:
    """A probe on this Kafka."""
    return TransportProbe(database, owner, clock, partial(KafkaTransport, kafka), partial(_member, kafka, 1), None)


def _member(kafka: Kafka, number: int) -> KafkaTransport:
    return KafkaTransport(replace(kafka, instance=f"probe-{number}"))


@asynccontextmanager
async def _process(migrated: str, kafka: Kafka, instance: str, *held: str) -> AsyncIterator[Process]:
    script = Path(__file__).with_name("group_member.py")
    arguments = (async_address(migrated), kafka.bootstrap_servers, kafka.namespace, instance, *held)
    process = await asyncio.create_subprocess_exec(sys.executable, str(script), *arguments, stdin=PIPE, stdout=PIPE)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        process._transport.close()


async def _said(process: Process, word: str) -> None:
    async with asyncio.timeout(60):
        while word.encode() not in await process.stdout.readline():
            assert not process.stdout.at_eof(), "the process ended"


def _in_order(effects: Sequence[tuple[str, int]], last: int) -> None:
    numbers: dict[str, list[int]] = defaultdict(list)
    for customer, number in effects:
        numbers[customer].append(number)
    assert numbers == {customer: list(range(1, last + 1)) for customer in CUSTOMERS}


async def test_members_share_and_keep_the_order_of_every_customer(probe: TransportProbe, kafka: Kafka) -> None:
    async with AsyncExitStack() as members:
        for number in range(3):
            act = partial(probe.act, who=f"probe-{number}")
            await members.enter_async_context(probe.consuming(_member(kafka, number), handle=act))
            for customer in CUSTOMERS:
                await probe.publish(customer, *range(number * 5 + 1, number * 5 + 6))
        effects = await probe.until_effects(len(CUSTOMERS) * 15)

        async def all_at_work() -> bool:
            for customer in CUSTOMERS:
                await probe.publish(f"extra {customer}", 1)
            return len(set(await probe.actors())) == 3

        await probe.until(all_at_work)
    _in_order([effect for effect in effects if not effect[0].startswith("extra")], 15)


async def test_a_killed_process_is_replaced_at_once_by_one_of_its_name(
    probe: TransportProbe, kafka: Kafka, migrated: str
) -> None:
    loop = asyncio.get_running_loop()
    async with _process(migrated, kafka, "probe-0") as first:
        for customer in CUSTOMERS:
            await probe.publish(customer, *range(1, 51))
        await probe.until_effects(1)
        first.kill()
        await first.wait()
        async with probe.consuming():
            begun = loop.time()
            for customer in CUSTOMERS:
                await probe.publish(customer, *range(51, 61))
            effects = await probe.until_effects(len(CUSTOMERS) * 60)
            assert loop.time() - begun < kafka.session.total_seconds(), "it did not wait for the session to end"
    _in_order(effects, 60)


async def test_the_others_take_over_from_a_killed_process(probe: TransportProbe, kafka: Kafka, migrated: str) -> None:
    async with _process(migrated, kafka, "probe-7") as mortal, probe.consuming(_member(kafka, 1)):
        for number in range(1, 41):
            if number == 20:
                await probe.until_effects(60)
                mortal.kill()
            for customer in CUSTOMERS:
                await probe.publish(customer, number)
        effects = await probe.until_effects(len(CUSTOMERS) * 40)
    _in_order(effects, 40)


async def test_a_frozen_process_wakes_up_to_nothing(probe: TransportProbe, kafka: Kafka, migrated: str) -> None:
    async with _process(migrated, kafka, "probe-7", "held") as zombie:
        for customer in CUSTOMERS:
            await probe.publish(customer, *range(1, 21))
        await _said(zombie, "received")
        zombie.send_signal(signal.SIGSTOP)
        async with probe.consuming(_member(kafka, 1)):
            await probe.until_effects(len(CUSTOMERS) * 20)
            zombie.stdin.write(b"go on\n")
            zombie.send_signal(signal.SIGCONT)
            for customer in CUSTOMERS:
                await probe.publish(customer, *range(21, 31))
            effects = await probe.until_effects(len(CUSTOMERS) * 30)
            actors = await probe.actors()
    _in_order(effects, 30)
    assert actors[: len(CUSTOMERS) * 20] == [""] * len(CUSTOMERS) * 20, "the zombie had no effect of its own"


async def test_a_commit_that_comes_late_is_refused(probe: TransportProbe, kafka: Kafka) -> None:
    await probe.publish("C-1", 1, 2, 3)
    early, late = KafkaTransport(kafka), KafkaTransport(kafka)
    async with early.subscribe("worker", [TASKS_TOPIC]) as holder:
        first = (await holder.receive(PATIENCE)).records
        async with late.subscribe("worker", [TASKS_TOPIC]) as successor:
            assert (await successor.receive(PATIENCE)).records == first
            with pytest.raises(BrokerFault, match="too late"):
                await holder.store_position()
            assert await committed(kafka, "worker", TASKS_TOPIC) == 0
            await successor.store_position()
    assert await committed(kafka, "worker", TASKS_TOPIC) == 3


async def test_two_processes_of_one_name_are_told_apart(probe: TransportProbe, kafka: Kafka) -> None:
    first, second = KafkaTransport(kafka), KafkaTransport(kafka)
    async with AsyncExitStack() as left:
        holder = await left.enter_async_context(first.subscribe("worker", [TASKS_TOPIC]))
        await probe.publish("C-1", 1)
        assert (await holder.receive(PATIENCE)).records
        async with second.subscribe("worker", [TASKS_TOPIC]) as successor:
            assert (await successor.receive(PATIENCE)).records
            with pytest.raises(InstanceTaken, match="HANDOFF_INSTANCE"):  # noqa: PT012 - it is noticed by a heartbeat
                async with asyncio.timeout(60):
                    while True:
                        await holder.receive(timedelta(milliseconds=200))
            await probe.publish("C-1", 2)
            assert (await successor.receive(PATIENCE)).records, "it was not thrown out in turn"


async def test_a_group_that_was_given_nothing_gets_going_again(
    probe: TransportProbe, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its leader did not know the topic, and what was given then holds for whoever comes back under the same name."""
    await probe.publish("C-1", 1)
    transport = KafkaTransport(kafka)
    monkeypatch.setattr(transport_module, "ASSIGNED_WITHIN", 3.0)
    with monkeypatch.context() as blinded:
        blinded.setattr(StickyPartitionAssignor, "assign", _give_nothing)
        async with transport.subscribe("worker", [TASKS_TOPIC]) as reader:
            await _until_given_nothing(reader)
    with pytest.raises(GivenNothing):  # noqa: PT012 - time has to pass
        async with asyncio.timeout(60), transport.subscribe("worker", [TASKS_TOPIC]) as reader:
            while True:
                assert not (await reader.receive(timedelta(milliseconds=200))).records
    async with asyncio.timeout(60), transport.subscribe("worker", [TASKS_TOPIC]) as reader:
        while not (await reader.receive(timedelta(milliseconds=200))).records:
            assert transport._renamed["worker"] == 1


async def _until_given_nothing(reader: KafkaSubscription) -> None:
    async with asyncio.timeout(60):
        while reader._membership.assigned is None:
            assert not (await reader.receive(timedelta(milliseconds=200))).records


def _give_nothing(_cluster: object, members: Mapping[str, object]) -> dict[str, ConsumerProtocolMemberAssignment]:
    return {member: ConsumerProtocolMemberAssignment(0, [], b"") for member in members}


async def test_a_topic_replayed_from_its_beginning_has_no_new_effect(probe: TransportProbe, kafka: Kafka) -> None:
    for customer in CUSTOMERS:
        await probe.publish(customer, *range(1, 51))
    async with probe.consuming():
        await probe.until_effects(len(CUSTOMERS) * 50)
    repeated = consumer_records_total.labels("worker", "repeated")
    before = repeated._value.get()
    await rewind(kafka, "worker", TASKS_TOPIC, PARTITIONS)
    async with probe.consuming():

        async def replayed() -> bool:
            return bool(await probe.effects()) and repeated._value.get() - before >= len(CUSTOMERS) * 50

        await probe.until(replayed)
        await probe.publish("C-0", 51)
        effects = await probe.until_effects(len(CUSTOMERS) * 50 + 1)
    assert effects[-1] == ("C-0", 51)
    _in_order(effects[:-1], 50)


def _unlike(length: int) -> bytes:
    """Characters of three bytes in no order, which no index makes smaller."""
    return "".join(random.Random(length).choices([chr(code) for code in range(0x4E00, 0x9FFF)], k=length)).encode()


def _renamed(message: Message, **headers: bytes) -> Message:
    return replace(message, headers=[(name, headers.get(name, value)) for name, value in message.headers])


async def test_what_cannot_be_read_is_passed_over(probe: TransportProbe, kafka: Kafka) -> None:
    good = to_message(probe.record("C-1", 2))
    strange = [
        Message(b"k", None, []),
        Message(None, b"\x00\xff", []),
        replace(good, value=b"{"),
        replace(good, key=b"\xff"),
        replace(good, value=b'{"number": 1e400}'),
        _renamed(good, ce_source=_unlike(1_000), ce_id=_unlike(1_000)),
    ]
    unreadable = consumer_records_total.labels("worker", "unreadable")
    before = unreadable._value.get()
    await probe.publish("C-1", 1)
    async with probe.consuming():
        await probe.until_effects(1)
        await send_raw(kafka, TASKS_TOPIC, strange)
        await probe.publish("C-1", 2)
        assert await probe.until_effects(2) == [("C-1", 1), ("C-1", 2)]
    assert unreadable._value.get() - before >= len(strange)


async def test_who_comes_before_the_topics_begins_as_soon_as_they_are_made(
    kafka_servers: str, database: Database, owner: Database, clock: Clock, no_effects: None
) -> None:
    kafka = own_kafka(kafka_servers)
    transport = KafkaTransport(kafka)
    probe = TransportProbe(database, owner, clock, lambda: transport, lambda: transport, None)
    await probe.publish("C-1", 1)
    async with probe.consuming(), relaying(database, kafka):

        async def waiting() -> bool:
            return not await probe.effects() and "no topic" in await transport.check()

        await probe.until(waiting)
        await make_topics(kafka, PARTITIONS)
        assert await probe.until_effects(1) == [("C-1", 1)]
