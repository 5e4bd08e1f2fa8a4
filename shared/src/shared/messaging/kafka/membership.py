"""A reader's standing in its consumer group: what it may read, what it has received of it, and whether it is stuck."""

import asyncio
import math
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener

from shared.messaging.kafka.settings import BrokerFault

_LOOK_EVERY: Final = 5.0
ASSIGNED_WITHIN: Final = 30.0
"""Real seconds."""
_LOOKS_IN_VAIN: Final = 6
_LOOK_WITHIN: Final = 3.0

_log = structlog.get_logger()


class InstanceTaken(BrokerFault):
    """Another process reads as the same member: it has the same HANDOFF_INSTANCE."""


class Stuck(BrokerFault):
    """The reader lives but receives nothing, though there is something to receive."""


class GivenNothing(Stuck):
    """The group gives this member no partitions; under its name it would be given none for ever."""


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]
    """Hears of assignments. `received` holds, for each partition still ours, the offset after the last one received.

    At every rebalance all partitions are taken away and what was received of them is forgotten: it may belong to
    another reader now and must not be committed; what comes again is absorbed by the inbox.
    `time` tells real seconds that go on while the process is stopped. `idle_within`: for how many of them it may be
    given nothing. A leader that did not know the topics, as just after a broker's start, gives everybody nothing, and
    who comes back under the same name is given the same again: a group of one would stand still.
    """

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        session: timedelta,
        time: Callable[[], float],
        idle_within: float = ASSIGNED_WITHIN,
    ) -> None:
        self.received: dict[TopicPartition, int] = {}
        self._consumer = consumer
        self._session = session.total_seconds()
        self._time = time
        self._assigned: frozenset[TopicPartition] | None = None
        self._unassigned_since = self._assigned_at = self._seen_at = time()
        self._idle_within = idle_within
        self._woken_at = -math.inf
        self._lost: BrokerFault | None = None

    def on_partitions_revoked(self, _revoked: Collection[TopicPartition]) -> None:
        """Forget everything. Ends the client's coordination where the brokers do not know this member any more.

        The client would join again at once, as a new member under the same name, and so throw out whoever took it.
        """
        self.received.clear()
        was_member = self._assigned is not None
        self._assigned = None
        self._unassigned_since = self._time()
        coordinator: Any = self._consumer._coordinator
        if was_member and not coordinator.member_id:
            self._lost = self._explain_loss()
            raise asyncio.CancelledError

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Begin with these, each at its committed offset."""
        self._assigned = frozenset(assigned)
        self._assigned_at = self._time()

    @property
    def assigned(self) -> frozenset[TopicPartition] | None:
        """What it may read; None while that is being settled."""
        return self._assigned

    def check(self) -> None:
        """Raise what ended the membership. Call it before every reading: the pauses between tell a process stopped."""
        now = self._time()
        if now - self._seen_at > self._session:
            self._woken_at = now
        self._seen_at = now
        if self._lost is not None:
            raise self._lost
        if self._assigned is None and now - self._unassigned_since > ASSIGNED_WITHIN:
            raise Stuck(f"no partitions for {ASSIGNED_WITHIN:.0f} s")
        if self._assigned == frozenset() and now - self._assigned_at > self._idle_within:
            raise GivenNothing(f"given none of the partitions for {self._idle_within:.0f} s")

    def _explain_loss(self) -> BrokerFault:
        now = self._time()
        if now - self._seen_at > self._session or now - self._woken_at <= self._session:
            return BrokerFault("silent for longer than the session: others took over")
        return InstanceTaken("another process uses the same HANDOFF_INSTANCE: give each its own")


class Watchdog:
    """Looks every few seconds whether a reader that receives nothing should.

    Clients have been seen to live on and fetch nothing after a broker came back. Here a partition whose end moved
    beyond a position that stands still between two looks is proof of that.
    """

    def __init__(self, consumer: AIOKafkaConsumer, time: Callable[[], float]) -> None:
        self._consumer = consumer
        self._time = time
        self._look_at = time() + _LOOK_EVERY
        self._behind: Mapping[TopicPartition, int] = {}
        self._in_vain = 0

    def progress(self) -> None:
        """Something was received."""
        self._behind = {}
        self._in_vain = 0

    async def look(self, assigned: frozenset[TopicPartition] | None) -> None:
        """Nothing was received. Raises Stuck where that is wrong, or the brokers do not answer for half a minute."""
        if not assigned or self._time() < self._look_at:
            return
        try:
            async with asyncio.timeout(_LOOK_WITHIN):
                behind = await self._find_behind(assigned)
        except Exception as error:
            self._in_vain += 1
            _log.warning("brokers_do_not_answer", error=type(error).__name__, times=self._in_vain)
            if self._in_vain >= _LOOKS_IN_VAIN:
                raise Stuck("the brokers do not answer this client any more") from error
            return
        finally:
            self._look_at = self._time() + _LOOK_EVERY
        stuck = [partition for partition, position in behind.items() if self._behind.get(partition) == position]
        self._behind, self._in_vain = behind, 0
        if stuck:
            raise Stuck(f"nothing received of {len(stuck)} partitions, though there is more")

    async def _find_behind(self, assigned: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        ends = await self._consumer.end_offsets(list(assigned))
        positions = {partition: await self._consumer.position(partition) for partition in assigned}
        return {partition: at for partition, at in positions.items() if at < ends.get(partition, 0)}
