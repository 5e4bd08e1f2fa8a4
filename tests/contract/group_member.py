"""A process that consumes as a member of a group, to be killed or stopped: database, servers, namespace, instance.

With `held` as a fifth argument it says `received` when it has its first records, and goes on when it reads a line.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from transport_probe import CREATED, TransportProbe

from shared.clock import real_now
from shared.db.engine import Database
from shared.messaging.bus import Batch, Subscription
from shared.messaging.consumer import Consumer, consume
from shared.messaging.kafka.settings import Kafka
from shared.messaging.kafka.transport import KafkaTransport
from shared.vocabulary import TASKS_TOPIC


class HeldTransport(KafkaTransport):
    """Hands its first records over only when told to."""

    @asynccontextmanager
    async def subscribe(
        self, consumer: str, topics: Sequence[str], types: Collection[str] | None = None
    ) -> AsyncIterator[Subscription]:
        """The same subscription, held up once."""
        async with super().subscribe(consumer, topics, types) as subscription:
            yield Held(subscription)


class Held:
    """Waits for a line on standard input between receiving records and handing them over."""

    def __init__(self, inner: Subscription) -> None:
        self._inner = inner
        self._held = False
        self.store_position = inner.store_position

    async def receive(self, max_wait: timedelta) -> Batch:
        """What the inner one receives."""
        batch = await self._inner.receive(max_wait)
        if batch.records and not self._held:
            self._held = True
            sys.stdout.write("received\n")
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.readline)
        return batch


async def main(database_url: str, servers: str, namespace: str, instance: str, *held: str) -> None:
    """Consume until killed."""
    database = Database(database_url)
    kafka = Kafka(servers, instance, namespace)
    transport = HeldTransport(kafka) if held else KafkaTransport(kafka)
    probe = TransportProbe(database, database, real_now, lambda: transport, lambda: transport, None)

    async def act(connection, records):
        await probe.act(connection, records, who=instance)

    await consume(transport, database, real_now, Consumer("worker", (TASKS_TOPIC,), {CREATED}, act), asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
