"""A probe for the transport contract: writers, consumers whose effect is a counted row, and faults between them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import Clock
from shared.db.engine import Database
from shared.messaging.bus import Batch, Record, Subscription, Transport, new_record
from shared.messaging.consumer import Consumer, consume
from shared.messaging.outbox import append
from shared.vocabulary import TASKS_TOPIC

DEALER = "lisboa-01"
CREATED = "handoff.task.created.v1"


@dataclass
class FaultyTransport:
    """A transport under test that remembers what it handed over and fails when told to."""

    inner: Transport
    received: list[Sequence[Record]] = field(default_factory=list)
    losing: set[int] = field(default_factory=set)
    stores: int = 0
    stored: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    dead: bool = False

    def subscribe(
        self, consumer: str, topics: Sequence[str], types: Collection[str] | None = None
    ) -> AbstractAsyncContextManager[Subscription]:
        """The inner subscription, watched."""
        return self._watched(consumer, topics, types)

    @asynccontextmanager
    async def _watched(
        self, consumer: str, topics: Sequence[str], types: Collection[str] | None
    ) -> AsyncIterator[Subscription]:
        self._fail_if_dead()
        async with self.inner.subscribe(consumer, topics, types) as subscription:
            yield _Watched(self, subscription)

    def _fail_if_dead(self) -> None:
        if self.dead:
            raise ConnectionResetError("this process is gone")


@dataclass
class _Watched:
    transport: FaultyTransport
    inner: Subscription

    async def receive(self, max_wait: timedelta) -> Batch:
        """What the inner one receives, remembered."""
        self.transport._fail_if_dead()
        batch = await self.inner.receive(max_wait)
        self.transport._fail_if_dead()
        if batch.records:
            self.transport.received.append(batch.records)
        return batch

    async def store_position(self) -> None:
        """Store it, or die just before where this storing is one of those to lose."""
        self.transport._fail_if_dead()
        self.transport.stores += 1
        if self.transport.stores in self.transport.losing:
            raise ConnectionResetError("died between the effect and the position")
        await self.inner.store_position()
        self.transport.stored.release()


@dataclass
class TransportProbe:
    """Writers and consumers around a form of the transport.

    `open` gives it as one process does, each time as that process started again; `open_another` as a second one.
    """

    database: Database
    owner: Database
    clock: Clock
    open: Callable[[], Transport]
    open_another: Callable[[], Transport]
    kill_reader: Callable[[str], Awaitable[None]]

    async def publish(self, customer: str, *numbers: int) -> None:
        """One transaction with these records of a customer."""
        async with self.database.transaction(DEALER) as connection:
            await append(connection, [self.record(customer, number) for number in numbers])

    def record(self, customer: str, number: int) -> Record:
        """A record that tells its place in the order of its customer."""
        return new_record(TASKS_TOPIC, CREATED, DEALER, customer, self.clock(), {"number": number})

    async def act(self, connection: AsyncConnection, records: Sequence[Record], who: str = "") -> None:
        """The effect: a row for each record."""
        for record in records:
            await connection.execute(
                text("insert into contract_effect (who, key, id, number) values (:who, :key, :id, :number)"),
                {"who": who, "key": record.key, "id": record.id, "number": record.data["number"]},
            )

    async def effects(self) -> list[tuple[str, int]]:
        """Key and number of every effect, in the order they took place."""
        return [(key.removeprefix(f"{DEALER}/"), number) for key, number in await self._read("key, number")]

    async def actors(self) -> list[str]:
        """Who had each effect."""
        return [who for (who,) in await self._read("who")]

    async def _read(self, columns: str) -> list[tuple[Any, ...]]:
        async with self.database.transaction() as connection:
            return [
                tuple(row)
                for row in await connection.execute(text(f"select {columns} from contract_effect order by position"))
            ]

    async def until(self, met: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
        """Wait for a condition on the stored state."""
        async with asyncio.timeout(seconds):
            while not await met():  # a question to the database, so that the others get their turn
                pass

    async def until_effects(self, count: int) -> list[tuple[str, int]]:
        """Wait for so many effects; all of them."""

        async def met() -> bool:
            return len(await self.effects()) >= count

        await self.until(met)
        return await self.effects()

    @asynccontextmanager
    async def consuming(self, transport: Transport | None = None, **changes: Any) -> AsyncIterator[None]:
        """A consumer that runs inside the context."""
        stop = asyncio.Event()
        consumer = replace(Consumer("worker", (TASKS_TOPIC,), {CREATED}, self.act), **changes)
        running = asyncio.create_task(consume(transport or self.open(), self.database, self.clock, consumer, stop))
        try:
            yield
        finally:
            stop.set()
            await running
