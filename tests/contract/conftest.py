"""Fixtures of the contract suites: each runs on every form of its port."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
from sqlalchemy import text
from transport_probe import FaultyTransport, TransportProbe

from harness.transports import FORMS, PARTITIONS, listening, own_kafka, relaying
from shared.clock import Clock
from shared.db.engine import Database
from shared.messaging.kafka.settings import Kafka
from shared.messaging.kafka.topics import make_topics
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.process.settings import async_address


@pytest.fixture
async def owner(migrated: str) -> AsyncIterator[Database]:
    """The tables' owner."""
    owner = Database(async_address(migrated), role=None, pool_size=4)
    yield owner
    await owner.close()


@pytest.fixture
async def listener(database: Database) -> AsyncIterator[NotifyListener]:
    """At work, as in a process."""
    async with listening(database) as listener:
        yield listener


@pytest.fixture(params=[pytest.param(name, marks=marks) for name, (_, marks) in FORMS.items()])
async def probe(
    request: pytest.FixtureRequest,
    database: Database,
    owner: Database,
    clock: Clock,
    listener: NotifyListener,
    no_effects: None,
) -> AsyncIterator[TransportProbe]:
    """A probe with one form of the transport and an empty table of effects."""
    open_form, _ = FORMS[request.param]
    async with open_form(request, database, owner) as form:
        one, another = partial(form.open, listener), partial(form.open_another, listener)
        yield TransportProbe(database, owner, clock, one, another, form.kill_reader)


@pytest.fixture
async def empty_kafka(kafka_servers: str) -> Kafka:
    """Topics of the test's own, still empty."""
    kafka = own_kafka(kafka_servers)
    await make_topics(kafka, PARTITIONS)
    return kafka


@pytest.fixture
async def kafka(empty_kafka: Kafka, database: Database) -> AsyncIterator[Kafka]:
    """Topics of the test's own, filled by a relay."""
    async with relaying(database, empty_kafka):
        yield empty_kafka


@pytest.fixture
async def no_effects(owner: Database) -> None:
    """An empty table of effects."""
    async with owner.transaction() as connection:
        for statement in (
            "drop table if exists contract_effect",
            "create table contract_effect (position bigint generated always as identity, who text, key text, id text,"
            " number int)",
        ):
            await connection.execute(text(statement))


@pytest.fixture
def faulty(probe: TransportProbe) -> FaultyTransport:
    """The probe's transport, able to fail."""
    return FaultyTransport(probe.open())
