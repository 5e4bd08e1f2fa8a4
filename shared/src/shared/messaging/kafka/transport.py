"""The Kafka form of the transport: consumers read the topics that the relay fills.

At least once, in order per key: a record's offset is committed after its effect is stored, and only while the brokers
count the reader as the partition's. Kafka's transactions would not help, the effect being in PostgreSQL; the inbox row
in the effect's transaction makes it happen once. The same holds for a reader that was stopped in mid-work and wakes
after others took over: its commit is refused by the brokers, the inbox rows of what others handled meanwhile leave its
handler nothing to do, and a transaction it still has open makes the others wait for it, not overtake it.
"""

import asyncio
import heapq
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from operator import attrgetter
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, RebalanceInProgressError

from shared.clock import real_now
from shared.messaging.bus import BATCH, Batch, Record
from shared.messaging.kafka.clients import close_consumer, make_consumer, probe, start_client
from shared.messaging.kafka.membership import ASSIGNED_WITHIN, GivenNothing, InstanceTaken, Membership, Watchdog
from shared.messaging.kafka.message_format import Message, Unreadable, is_other, to_record
from shared.messaging.kafka.settings import BrokerFault, Kafka, broker_faults
from shared.process import telemetry
from shared.process.health import OK

_STARTED_WITHIN: Final = 15.0
_COMMITTED_WITHIN: Final = 10.0
_GIVEN_BACK_WITHIN: Final = 1.0
_LOOK_AFTER: Final = timedelta(milliseconds=500)
"""How often at least a reader looks whether it still has its place."""
_HOLD_OFF: Final = 10.0
"""Real seconds before a reader whose name another process uses tries again."""

_DOUBLINGS: Final = 6
"""How often the time doubles after which a member that is given nothing takes another name: there may be more members
than partitions, and each new name is a rebalance for all of them."""

_log = structlog.get_logger()


class KafkaTransport:
    """Reads the topics of a cluster as one member of a consumer group for each consumer.

    Members share the partitions. One that dies is missed for the session's time (6 s) unless it comes back under the
    same instance name, which has its partitions at once.
    """

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._states: dict[str, str] = {}
        self._held_off_until: dict[str, float] = {}
        self._renamed: Counter[str] = Counter()

    @asynccontextmanager
    async def subscribe(
        self, consumer: str, topics: Sequence[str], types: Collection[str] | None = None
    ) -> AsyncIterator["KafkaSubscription"]:
        """A member of the consumer's group; it receives nothing until the brokers gave it partitions.

        Raises BrokerFault, OSError or TimeoutError when they cannot be reached, InstanceTaken while another process
        reads under this process's name.
        """
        try:
            self._respect_hold_off(consumer)
            client = self._client(consumer)
            try:
                membership = await self._join(client, topics, self._renamed[consumer])
                self._states[consumer] = OK
                yield KafkaSubscription(self._kafka, (consumer, types), client, membership)
            finally:
                await close_consumer(client)
        except InstanceTaken as fault:
            _log.error("instance_taken", consumer=consumer, instance=self._kafka.instance)
            self._held_off_until[consumer] = self._held_off_until.get(consumer) or _now() + _HOLD_OFF
            self._states[consumer] = str(fault)
            raise
        except Exception as error:
            self._renamed[consumer] += isinstance(error, GivenNothing)
            self._states[consumer] = str(error) if isinstance(error, BrokerFault) else type(error).__name__
            raise

    async def check(self) -> str:
        """For readiness: whether the brokers answer and every reader of this process holds its place.

        `ok` before the first subscription, so that a service starts without its brokers.
        """
        troubles = [f"{consumer}: {state}" for consumer, state in self._states.items() if state != OK]
        if troubles or not self._states:
            return "; ".join(troubles) or OK
        await probe(self._kafka)
        return OK

    def _respect_hold_off(self, consumer: str) -> None:
        until = self._held_off_until.get(consumer)
        if until is not None and _now() < until:
            raise InstanceTaken("waiting, for another process uses the same HANDOFF_INSTANCE")
        self._held_off_until.pop(consumer, None)

    def _client(self, consumer: str) -> AIOKafkaConsumer:
        return make_consumer(self._kafka, consumer, self._renamed[consumer])

    async def _join(self, client: AIOKafkaConsumer, topics: Sequence[str], renamed: int) -> Membership:
        with broker_faults():
            wanted = {self._kafka.topic(topic) for topic in topics}
            async with asyncio.timeout(_STARTED_WITHIN):
                await start_client(client.start())
                missing = wanted - await client.topics()
            if missing:
                # a member that joined now would be given no partitions, and hear of them when metadata is next renewed
                raise BrokerFault(f"no topic {min(missing)} this user may see: `handoff migrate` makes it")
            idle_within = ASSIGNED_WITHIN * 2 ** min(renamed, _DOUBLINGS)
            membership = Membership(client, self._kafka.session, _now, idle_within)
            # after the start, which would else wait for an assignment
            client.subscribe(wanted, listener=membership)
        return membership


class KafkaSubscription:
    """A member of a consumer group."""

    def __init__(
        self,
        kafka: Kafka,
        reader: tuple[str, Collection[str] | None],
        client: AIOKafkaConsumer,
        membership: Membership,
    ) -> None:
        self._kafka = kafka
        self._consumer, self._types = reader
        self._client = client
        self._membership = membership
        self._watchdog = Watchdog(client, _now)

    async def receive(self, max_wait: timedelta) -> Batch:
        """The next records of the partitions it holds; empty when none came in time."""
        deadline = _now() + max_wait.total_seconds()
        while True:
            left = timedelta(seconds=max(deadline - _now(), 0.0))
            batch = await self._receive(min(left, _LOOK_AFTER))
            if batch.records or _now() >= deadline:
                return batch

    async def _receive(self, max_wait: timedelta) -> Batch:
        with broker_faults():
            self._membership.check()
            milliseconds = round(max_wait / timedelta(milliseconds=1))
            try:
                # while partitions are assigned the client waits without an end, for a lost membership too
                async with asyncio.timeout(max_wait.total_seconds() + _GIVEN_BACK_WITHIN):
                    found = await self._client.getmany(timeout_ms=milliseconds, max_records=BATCH)
            except TimeoutError:
                found = {}
            if not found:
                await self._watchdog.look(self._membership.assigned)
                return Batch()
            self._watchdog.progress()
        unstored = bool(self._membership.received)
        batch = self._batch(found)
        if not batch.records and not unstored:
            # nothing received has an effect to wait for, and a reader that passed it over is not behind
            await self.store_position()
        return batch

    async def store_position(self) -> None:
        """Commit what was received of the partitions still held; the rest comes again to whoever holds it now."""
        received = dict(self._membership.received)
        if not received:
            return
        try:
            async with asyncio.timeout(_COMMITTED_WITHIN):
                await self._client.commit(received)
        except CommitFailedError as refused:
            self._membership.received.clear()
            if not isinstance(refused.__cause__, RebalanceInProgressError):
                raise BrokerFault("the commit came too late: others took over") from refused
        except Exception as error:
            self._membership.received.clear()
            raise BrokerFault(f"the commit failed: {type(error).__name__}") from error
        else:
            self._membership.received = {
                partition: offset
                for partition, offset in self._membership.received.items()
                if offset > received.get(partition, -1)
            }

    def _batch(self, found: Mapping[TopicPartition, Sequence[ConsumerRecord]]) -> Batch:
        self._membership.received |= {partition: messages[-1].offset + 1 for partition, messages in found.items()}
        # topics run side by side: of two records the relay sent one after the other the older should come first
        messages = list(heapq.merge(*found.values(), key=attrgetter("timestamp")))
        oldest = min(message.timestamp for message in messages)
        waited = timedelta(seconds=max(0.0, real_now().timestamp() - oldest / 1000))
        return Batch(tuple(record for message in messages if (record := self._record(message))), waited)

    def _record(self, message: ConsumerRecord) -> Record | None:
        """The record of a message; None for one of a type that is not wanted.

        None, too, and said in the log, for one that is none of ours and would stop us for ever.
        """
        content = Message(message.key, message.value, message.headers)
        if self._types is not None and is_other(content, self._types):
            return None
        try:
            return to_record(self._kafka.topic_name(message.topic), content)
        except Unreadable as error:
            place = {"topic": message.topic, "partition": message.partition, "offset": message.offset}
            _log.error("message_unreadable", consumer=self._consumer, reason=str(error), **place)
            telemetry.consumer_records_total.labels(self._consumer, "unreadable").inc()
            return None


def _now() -> float:
    return asyncio.get_running_loop().time()
