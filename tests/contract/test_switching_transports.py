"""A running installation changes from one transport to the other and back: nothing lost, nothing doubled, in order."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from transport_probe import TransportProbe

from harness.transports import relaying
from shared.clock import Clock
from shared.db.engine import Database
from shared.messaging.kafka.settings import Kafka
from shared.messaging.kafka.transport import KafkaTransport
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.messaging.postgres.transport import PostgresTransport

pytestmark = [pytest.mark.database, pytest.mark.kafka]

CUSTOMERS = [f"C-{number}" for number in range(5)]


@pytest.fixture
def kafka(empty_kafka: Kafka) -> Kafka:
    """The relays are the tests' own."""
    return empty_kafka


@pytest.fixture
def probe(
    database: Database, owner: Database, clock: Clock, listener: NotifyListener, no_effects: None
) -> TransportProbe:
    """A probe on PostgreSQL, for the writers."""
    open_one = partial(PostgresTransport, database, listener)
    return TransportProbe(database, owner, clock, open_one, open_one, None)


class Writers:
    """Publish for every customer in turn, as long as they are let."""

    def __init__(self, probe: TransportProbe) -> None:
        self.probe = probe
        self.last = 0

    async def write(self, stop: asyncio.Event) -> None:
        """Until asked to stop; at least one more number each."""
        while True:
            self.last += 1
            for customer in CUSTOMERS:
                await self.probe.publish(customer, self.last)
            if stop.is_set():
                return


@asynccontextmanager
async def _writing(writers: Writers) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(writers.write(stop))
    try:
        yield
    finally:
        stop.set()
        await running


@asynccontextmanager
async def _over_postgres(probe: TransportProbe, _kafka: Kafka) -> AsyncIterator[None]:
    async with probe.consuming():
        yield


@asynccontextmanager
async def _over_kafka(probe: TransportProbe, kafka: Kafka) -> AsyncIterator[None]:
    async with relaying(probe.database, kafka), probe.consuming(KafkaTransport(kafka)):
        yield


async def _whole(probe: TransportProbe, last: int) -> None:
    numbers: dict[str, list[int]] = defaultdict(list)
    for customer, number in await probe.until_effects(last * len(CUSTOMERS)):
        numbers[customer].append(number)
    assert numbers == {customer: list(range(1, last + 1)) for customer in CUSTOMERS}


async def test_from_one_to_the_other_and_back_and_again_while_writers_go_on(
    probe: TransportProbe, kafka: Kafka
) -> None:
    writers = Writers(probe)
    async with _writing(writers):
        for form in (_over_postgres, _over_kafka, _over_postgres, _over_kafka):
            async with form(probe, kafka):
                seen = len(await probe.effects())
                await probe.until_effects(seen + 100)
    async with _over_kafka(probe, kafka):
        await _whole(probe, writers.last)


async def test_both_at_once_as_while_processes_are_exchanged_one_by_one(probe: TransportProbe, kafka: Kafka) -> None:
    writers = Writers(probe)
    async with _over_postgres(probe, kafka), _over_kafka(probe, kafka):
        async with _writing(writers):
            await probe.until_effects(300)
        await _whole(probe, writers.last)


async def test_the_first_switch_relays_what_was_handled_before_and_none_of_it_has_an_effect(
    probe: TransportProbe, kafka: Kafka
) -> None:
    await probe.publish("C-0", *range(1, 301))
    async with _over_postgres(probe, kafka):
        await probe.until_effects(300)
    async with _over_kafka(probe, kafka):
        await probe.publish("C-0", 301)
        effects = await probe.until_effects(301)
    assert effects == [("C-0", number) for number in range(1, 302)]
