"""The forms of the transport the contract is held against; another joins by one more entry in `FORMS`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer
from sqlalchemy import text

from shared.db.engine import Database
from shared.messaging.bus import Transport
from shared.messaging.kafka.relay import Relay
from shared.messaging.kafka.settings import Kafka
from shared.messaging.kafka.topics import make_topics
from shared.messaging.kafka.transport import KafkaTransport
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.messaging.postgres.transport import PostgresTransport
from shared.process.shutdown import Loop

PARTITIONS = 3


class Form(Protocol):
    """A transport over the outbox of a database, and a way to break a reader's connection."""

    def open(self, listener: NotifyListener) -> Transport:
        """The transport as a process opens it; opened again, it is as that process started again."""
        ...

    def open_another(self, listener: NotifyListener) -> Transport:
        """The transport as a second process opens it."""
        ...

    async def kill_reader(self, consumer: str) -> None:
        """Break the connection of the reader under this name."""
        ...


@dataclass
class PostgresForm:
    """Consumers tail the outbox."""

    database: Database
    owner: Database

    def open(self, listener: NotifyListener) -> Transport:
        """Tails the outbox."""
        return PostgresTransport(self.database, listener)

    def open_another(self, listener: NotifyListener) -> Transport:
        """Tails it too."""
        return PostgresTransport(self.database, listener)

    async def kill_reader(self, consumer: str) -> None:
        """End the session that holds the consumer's turn."""
        async with self.owner.transaction() as connection:
            killed = await connection.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_locks"
                    " where locktype = 'advisory' and granted and objsubid = 2"
                    " and objid = cast(hashtext(:consumer) as bigint) & 4294967295"
                ),
                {"consumer": consumer},
            )
            assert killed.scalars().all() == [True]


class BreakableKafka(KafkaTransport):
    """Remembers its clients, so that their connections can be broken."""

    def __init__(self, kafka: Kafka, clients: dict[str, AIOKafkaConsumer]) -> None:
        super().__init__(kafka)
        self._clients = clients

    def _client(self, consumer: str) -> AIOKafkaConsumer:
        self._clients[consumer] = super()._client(consumer)
        return self._clients[consumer]


@dataclass
class KafkaForm:
    """A relay publishes the outbox, consumers read topics and groups of this form's own."""

    kafka: Kafka
    clients: dict[str, AIOKafkaConsumer] = field(default_factory=dict)

    def open(self, _listener: NotifyListener) -> Transport:
        """A member of the groups, always by the same name."""
        return BreakableKafka(self.kafka, self.clients)

    def open_another(self, _listener: NotifyListener) -> Transport:
        """A member by another name."""
        return KafkaTransport(replace(self.kafka, instance="probe-1"))

    async def kill_reader(self, consumer: str) -> None:
        """Cut every connection of the reader, as a network does."""
        client: Any = self.clients[consumer]
        for connection in list(client._client._conns.values()):
            connection.close()


def own_kafka(servers: str) -> Kafka:
    """A cluster as one test sees it: topics and groups of its own."""
    return Kafka(servers, "probe-0", namespace=f"t{uuid4().hex[:8]}.")


@asynccontextmanager
async def listening(database: Database) -> AsyncIterator[NotifyListener]:
    """A listener at work inside the context, as each process has one."""
    listener = NotifyListener(database)
    async with _running(listener.run):
        yield listener


@asynccontextmanager
async def relaying(database: Database, kafka: Kafka) -> AsyncIterator[Relay]:
    """A relay at work inside the context."""
    async with listening(database) as listener:
        relay = Relay(database, kafka, listener)
        async with _running(relay.run):
            yield relay


@asynccontextmanager
async def _running(loop: Loop) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(loop(stop))
    try:
        yield
    finally:
        stop.set()
        await running


@asynccontextmanager
async def _postgres(_request: pytest.FixtureRequest, database: Database, owner: Database) -> AsyncIterator[Form]:
    yield PostgresForm(database, owner)


@asynccontextmanager
async def _kafka(request: pytest.FixtureRequest, database: Database, _owner: Database) -> AsyncIterator[Form]:
    kafka = own_kafka(request.getfixturevalue("kafka_servers"))
    await make_topics(kafka, PARTITIONS)
    async with relaying(database, kafka):
        yield KafkaForm(kafka)


OpenForm = Callable[[pytest.FixtureRequest, Database, Database], AbstractAsyncContextManager[Form]]

FORMS: dict[str, tuple[OpenForm, Sequence[pytest.MarkDecorator]]] = {
    "postgres": (_postgres, ()),
    "kafka": (_kafka, (pytest.mark.kafka,)),
}
