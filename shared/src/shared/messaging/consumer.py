"""The loop by which every service handles the records of its topics: batches, failures, dead letters, replays."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import Clock
from shared.db.engine import Database
from shared.messaging import dead_letters
from shared.messaging.bus import BATCH, IDLE_DELAY, Batch, Record, Subscription, Transport
from shared.messaging.inbox import first_deliveries
from shared.process import telemetry
from shared.process.error_text import reason_of
from shared.process.failpoints import failpoint
from shared.process.isolation import bisect
from shared.process.shutdown import growing_delays, pause, unless_stopped
from shared.process.transient_errors import is_outage, through_outages

Handle = Callable[[AsyncConnection, Sequence[Record]], Awaitable[None]]
"""Stores the effect of some records, all or none, in the given transaction. Never commits, never calls out."""

OnDead = Callable[[AsyncConnection, Record, str], Awaitable[None]]
"""Hears that a record was given up and why, in the transaction that keeps it as a dead letter."""

TRIES: Final = 3
_RETRY_DELAY: Final = timedelta(milliseconds=50)
_OUTCOMES: Final = ("handled", "ignored", "repeated", "dead", "replayed", "unreadable")
_MAX_WAIT: Final = timedelta(seconds=5)
_REPLAYS_EVERY: Final = 10.0
"""Real seconds between two looks for dead letters to be replayed."""

_log = structlog.get_logger()


def wants_all(_record: Record) -> bool:
    """Every record of its types concerns the consumer."""
    return True


async def ignore_dead(_connection: AsyncConnection, _record: Record, _reason: str) -> None:
    """Nothing to do beside keeping the dead letter."""


@dataclass(frozen=True)
class Consumer:
    """Who reads, what, and what it does with it. Records of other `types` are passed over.

    So are those that it does not want: `wants` decides by the record alone, and nothing is stored for them.

    `handle` gets only records it has not handled before, in the order of their keys, at most `at_once` in a
    transaction: what it locks nobody else can touch until all of them are done. `name` is where its position, its
    inbox and its dead letters are kept: never change it.
    """

    name: str
    topics: Sequence[str]
    types: Collection[str]
    handle: Handle
    on_dead: OnDead = ignore_dead
    at_once: int = BATCH
    wants: Callable[[Record], bool] = wants_all


async def consume(
    transport: Transport, database: Database, clock: Clock, consumer: Consumer, stop: asyncio.Event
) -> None:
    """Handle records until asked to stop, each once in effect.

    What is handled at once is one transaction with its inbox rows. If it fails, its halves are tried alone, down to
    the record that fails; that one is tried three times in all and then kept as a dead letter, and later records of
    its key go on. While the database is away nothing counts as a try. Dead letters whose replay was asked for come
    between batches. Who has taken all there was waits for a `IDLE_DELAY`.
    """
    delays = growing_delays()
    handling = _Handling(database, clock, consumer, stop)
    while not stop.is_set():
        try:
            async with transport.subscribe(consumer.name, consumer.topics, consumer.types) as subscription:
                while not stop.is_set():
                    await handling.next_batch(subscription)
                    delays = growing_delays()
        except Exception as error:
            if not is_outage(error):
                raise
            _log.warning("lock_lost", consumer=consumer.name, error=type(error).__name__)
            await pause(stop, next(delays))


@dataclass(frozen=True)
class ConsumerLoop:
    """The loop of a consumer in its service: what it reads, and from where."""

    transport: Transport
    database: Database
    clock: Clock
    consumer: Consumer

    async def __call__(self, stop: asyncio.Event) -> None:
        """Handle records until asked to stop."""
        await consume(self.transport, self.database, self.clock, self.consumer, stop)


class _Handling:
    """What happens to the records of one consumer."""

    def __init__(self, database: Database, clock: Clock, consumer: Consumer, stop: asyncio.Event) -> None:
        self._database = database
        self._clock = clock
        self._consumer = consumer
        self._stop = stop
        self._replays_due = 0.0
        for outcome in _OUTCOMES:
            telemetry.consumer_records_total.labels(consumer.name, outcome)

    async def next_batch(self, subscription: Subscription) -> None:
        batch = await unless_stopped(self._stop, subscription.receive(_MAX_WAIT))
        if batch is None:
            return
        self._measure(batch)
        if batch.records:
            for some in _parts(_each_once(batch.records), self._consumer.at_once):
                if self._stop.is_set():
                    return  # what is left comes again at the next start
                await self._handle(some)
            failpoint(f"{self._consumer.name}.before_position")
            await subscription.store_position()
            if len(batch.records) < self._consumer.at_once:
                await pause(self._stop, IDLE_DELAY)
        now = asyncio.get_running_loop().time()
        if now >= self._replays_due:
            while not self._stop.is_set() and await self._replay_one():
                pass
            self._replays_due = now + _REPLAYS_EVERY

    def _measure(self, batch: Batch) -> None:
        telemetry.consumer_lag_seconds.labels(self._consumer.name).set(batch.waited.total_seconds())
        if batch.records:
            telemetry.consumer_batch_size.labels(self._consumer.name).observe(len(batch.records))

    async def _handle(self, records: Sequence[Record]) -> None:
        await bisect(self._consumer.name, records, self._act, self._retry)

    async def _act(self, records: Sequence[Record]) -> None:
        wanted = [record for record in records if self._consumer.wants(record)]
        self._count("ignored", len(records) - len(wanted))
        if not wanted:
            return
        fresh = await through_outages(self._database, self._stop, partial(self._effect, wanted))
        self._count("handled", fresh)
        self._count("repeated", len(wanted) - fresh)

    async def _effect(self, records: Sequence[Record], connection: AsyncConnection) -> int:
        new = await first_deliveries(connection, self._consumer.name, records)
        fresh = [record for record in records if record.identity in new]
        if fresh:
            await self._consumer.handle(connection, fresh)
            failpoint(f"{self._consumer.name}.before_commit")
        return len(fresh)

    async def _retry(self, record: Record, error: Exception) -> None:
        await self._try_again(record, partial(self._act, [record]), error)

    async def _try_again(self, record: Record, act: Callable[[], Awaitable[None]], error: Exception) -> None:
        """The tries left after the first; then give the record up."""
        for _ in range(TRIES - 1):
            await pause(self._stop, _RETRY_DELAY)
            try:
                await act()
            except Exception as again:
                if is_outage(again):
                    raise
                error = again
            else:
                return
        await self._give_up(record, reason_of(error))

    async def _give_up(self, record: Record, reason: str) -> None:
        _log.error("record_dead", consumer=self._consumer.name, topic=record.topic, record=record.id, reason=reason)
        try:
            await through_outages(
                self._database, self._stop, partial(self._bury, record, reason, self._consumer.on_dead)
            )
        except Exception as error:
            if is_outage(error):
                raise
            _log.exception("dead_record_not_handled", consumer=self._consumer.name, record=record.id)
            await through_outages(self._database, self._stop, partial(self._bury, record, reason, ignore_dead))
        self._count("dead", 1)

    async def _bury(self, record: Record, reason: str, on_dead: OnDead, connection: AsyncConnection) -> None:
        name = self._consumer.name
        # noted as handled, so that the record repeated by the transport does not rise again
        await first_deliveries(connection, name, [record])
        await dead_letters.keep(connection, name, record, reason, TRIES, self._clock())
        await on_dead(connection, record, reason)

    async def _replay_one(self) -> bool:
        try:
            async with self._database.look() as connection:
                record = await dead_letters.next_replay(connection, self._consumer.name)
        except Exception as error:
            if not is_outage(error):
                raise
            return False
        if record is None:
            return False
        replay = partial(self._replay, record)
        try:
            await replay()
        except Exception as error:
            if is_outage(error):
                raise
            await self._try_again(record, replay, error)
        return True

    async def _replay(self, record: Record) -> None:
        """Handle a dead record once more, past the inbox."""

        async def effect(connection: AsyncConnection) -> bool:
            taken = await dead_letters.take_replay(connection, self._consumer.name, record)
            if taken:
                await self._consumer.handle(connection, [record])
            return taken

        self._count("replayed", await through_outages(self._database, self._stop, effect))

    def _count(self, outcome: str, records: int) -> None:
        telemetry.consumer_records_total.labels(self._consumer.name, outcome).inc(records)


def _each_once(records: Sequence[Record]) -> list[Record]:
    once: dict[tuple[str, str], Record] = {}
    for record in records:
        once.setdefault(record.identity, record)
    return list(once.values())


def _parts(records: Sequence[Record], size: int) -> Iterator[Sequence[Record]]:
    return (records[start : start + size] for start in range(0, len(records), size))
