"""Kafka's brokers killed, gone for a while, and one of three lost: intake goes on, order and number stay."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from carriers import Carrier, carried_by
from running_stack import RunningStack, passable_folder
from seeds import SEEDS
from trial import Trial
from waiting import pause

pytestmark = [pytest.mark.processes, pytest.mark.trial, pytest.mark.kafka, pytest.mark.xdist_group("faults")]

INTO_THE_LOAD = 2.0
SHORTLY = 20
LONG = 300
EXPORTED, REQUESTS = 60, 112
"""A load of 500 events a second: most requests hold one, one in 17 holds so many."""
QUIET_AFTER_LONG = 1800.0


@pytest.fixture(scope="module")
async def on_kafka() -> AsyncIterator[tuple[Trial, Carrier]]:
    """One installation on a broker of its own, without a channel, so that no attempt's lease is waited for."""
    with passable_folder() as folder, carried_by("kafka", folder) as carrier:
        stack = RunningStack(folder, dict(carrier.settings))
        try:
            await stack.start()
            yield Trial(stack, servers=carrier.servers), carrier
        finally:
            await stack.stop()


async def away(carrier: Carrier, seconds: float) -> None:
    """The broker killed, and started again so much later."""
    broker = carrier.brokers[1]
    await pause(INTO_THE_LOAD)
    broker.kill()
    await pause(seconds)
    broker.launch()


async def test_a_killed_broker_comes_back_and_everything_goes_on(on_kafka: tuple[Trial, Carrier]) -> None:
    trial, carrier = on_kafka
    await trial.run(SEEDS[0], 6, away(carrier, 0))
    await trial.prove()


async def test_without_a_broker_events_are_taken_in_and_handled_later(on_kafka: tuple[Trial, Carrier]) -> None:
    """50 events a second while it is away for 20 s."""
    trial, carrier = on_kafka
    await trial.run(SEEDS[0] + 1, SHORTLY + 4, away(carrier, SHORTLY), 50)
    await trial.prove()


@pytest.mark.nightly
async def test_a_broker_gone_for_five_minutes(
    on_kafka: tuple[Trial, Carrier], record_testsuite_property: Callable[[str, object], None]
) -> None:
    """500 events a second, or as many as the machine can ask for."""
    trial, carrier = on_kafka
    seconds = LONG + 10
    trial.quiet_within, trial.batch_size = QUIET_AFTER_LONG, EXPORTED
    posted = await trial.run(SEEDS[0] + 2, seconds, away(carrier, LONG), REQUESTS, within=seconds)
    record_testsuite_property("events a second while the broker was away", posted / seconds)
    await trial.prove()


@pytest.mark.nightly
async def test_of_three_brokers_a_leader_is_lost(folder: Path) -> None:
    """Two go on without it; it comes back as a follower."""
    with carried_by("kafka", folder, brokers=3) as carrier:
        stack = RunningStack(folder, dict(carrier.settings))
        trial = Trial(stack, servers=carrier.servers)

        async def lose_leader() -> None:
            await pause(INTO_THE_LOAD)
            broker = carrier.brokers[await _leader(carrier.servers)]
            broker.kill()
            await pause(SHORTLY / 2)
            broker.launch()

        try:
            await stack.start()
            await trial.run(SEEDS[0], SHORTLY, lose_leader())
            await trial.prove()
        finally:
            await stack.stop()


async def _leader(servers: str) -> int:
    """The broker that leads the first partition of the journey."""
    client = AIOKafkaClient(bootstrap_servers=servers)
    await client.bootstrap()
    try:
        async with asyncio.timeout(60):
            await client.set_topics(["handoff.journey.v1"])
        return int(client.cluster.leader_for_partition(TopicPartition("handoff.journey.v1", 0)))
    finally:
        await client.close()
