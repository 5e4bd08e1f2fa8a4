"""A reader of Kafka notices that it is stuck, silent for too long, or not the only one of its name."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition

from shared.messaging.kafka.membership import GivenNothing, InstanceTaken, Membership, Stuck, Watchdog
from shared.messaging.kafka.settings import BrokerFault

ONE, TWO = TopicPartition("t", 0), TopicPartition("t", 1)
BOTH = frozenset({ONE, TWO})
SESSION = timedelta(seconds=6)


@dataclass
class FakeConsumer:
    """A client with positions and ends, whose brokers may be away."""

    ends: dict[TopicPartition, int]
    positions: dict[TopicPartition, int]
    away: bool = False
    _coordinator: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(member_id="m-1"))

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """As the brokers tell them."""
        if self.away:
            raise OSError("no brokers")
        return {partition: self.ends[partition] for partition in partitions}

    async def position(self, partition: TopicPartition) -> int:
        """The next offset to read."""
        return self.positions[partition]


class Clock:
    """The event loop's time, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Now."""
        return self.now


@pytest.fixture
def time() -> Clock:
    """Begins at 1,000 seconds."""
    return Clock()


def _watchdog(consumer: FakeConsumer, time: Clock) -> Callable[[], asyncio.Future[None]]:
    watchdog = Watchdog(consumer, time)

    async def look() -> None:
        time.now += 5.1
        await watchdog.look(BOTH)

    look.progress = watchdog.progress
    return look


async def test_a_position_that_stands_still_below_the_end_is_stuck(time: Clock) -> None:
    consumer = FakeConsumer({ONE: 10, TWO: 3}, {ONE: 7, TWO: 3})
    look = _watchdog(consumer, time)
    await look()
    with pytest.raises(Stuck, match="1 partitions"):
        await look()


async def test_a_reader_at_the_end_or_on_its_way_is_not(time: Clock) -> None:
    consumer = FakeConsumer({ONE: 10, TWO: 3}, {ONE: 7, TWO: 3})
    look = _watchdog(consumer, time)
    for position in (8, 9, 10, 10, 10):
        consumer.positions[ONE] = position
        await look()
    consumer.ends[ONE] = 20
    await look()
    look.progress()
    await look()


async def test_brokers_that_do_not_answer_are_borne_for_half_a_minute(time: Clock) -> None:
    consumer = FakeConsumer({ONE: 1, TWO: 1}, {ONE: 1, TWO: 1}, away=True)
    look = _watchdog(consumer, time)
    for _ in range(5):
        await look()
    consumer.away = False
    await look()
    consumer.away = True
    for _ in range(5):
        await look()
    with pytest.raises(Stuck, match="do not answer"):
        await look()


def _member(time: Clock) -> tuple[FakeConsumer, Membership]:
    consumer = FakeConsumer({}, {})
    membership = Membership(consumer, SESSION, time)
    membership.on_partitions_revoked(set())
    membership.on_partitions_assigned(BOTH)
    return consumer, membership


def test_a_rebalance_forgets_what_was_received(time: Clock) -> None:
    _, membership = _member(time)
    membership.received[ONE] = 5
    membership.on_partitions_revoked(BOTH)
    assert (membership.received, membership.assigned) == ({}, None)
    membership.on_partitions_assigned({TWO})
    membership.check()
    assert membership.assigned == frozenset({TWO})


def test_without_partitions_for_long_it_is_stuck(time: Clock) -> None:
    _, membership = _member(time)
    membership.on_partitions_revoked(BOTH)
    time.now += 29
    membership.check()
    time.now += 2
    with pytest.raises(Stuck, match="no partitions"):
        membership.check()
    membership.on_partitions_assigned(())
    membership.check()  # a member more than there are partitions is well without any


def test_given_nothing_for_long_it_needs_another_name(time: Clock) -> None:
    _, membership = _member(time)
    membership.on_partitions_assigned(())
    time.now += 29
    membership.check()
    time.now += 2
    with pytest.raises(GivenNothing, match="given none"):
        membership.check()
    membership.on_partitions_assigned({ONE})
    membership.check()


def _forgotten(consumer: FakeConsumer, membership: Membership) -> None:
    consumer._coordinator.member_id = ""
    with pytest.raises(asyncio.CancelledError):  # ends the client's coordination before it joins again
        membership.on_partitions_revoked(BOTH)


def test_a_member_forgotten_though_it_was_awake_shares_its_name(time: Clock) -> None:
    consumer, membership = _member(time)
    for _ in range(40):
        time.now += 0.25
        membership.check()
    _forgotten(consumer, membership)
    with pytest.raises(InstanceTaken, match="HANDOFF_INSTANCE"):
        membership.check()


@pytest.mark.parametrize("woken", [0, 1, 8], ids=["while reading", "just after", "some readings after"])
def test_a_member_forgotten_while_it_slept_was_silent(time: Clock, woken: int) -> None:
    consumer, membership = _member(time)
    for _ in range(40):
        time.now += 0.25
        membership.check()
    time.now += 30
    for _ in range(woken):
        membership.check()
        time.now += 0.25
    _forgotten(consumer, membership)
    with pytest.raises(BrokerFault, match="silent") as fault:
        membership.check()
    assert not isinstance(fault.value, InstanceTaken)
