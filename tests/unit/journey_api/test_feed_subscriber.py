"""What waits for a client of a feed: handed over together, told when it is quiet, ended behind what waits."""

import asyncio

import pytest

from journey_api.feeds.hub import QUEUE_LIMIT, TAKEN_AT_ONCE, Subscriber
from journey_api.feeds.numbered_rows import FeedRow

LONG = 60.0


def row(position: int) -> FeedRow:
    return FeedRow("lisboa-01", position, "task.offered", {})


@pytest.fixture
def subscriber() -> Subscriber:
    return Subscriber(lambda _type, _data: True)


async def test_rows_that_wait_are_taken_together(subscriber: Subscriber) -> None:
    for position in (1, 2):
        subscriber.offer(row(position))
    assert await subscriber.take(LONG) == [row(1), row(2)]
    assert await subscriber.take(0) == []


async def test_who_waits_has_a_row_as_it_comes(subscriber: Subscriber) -> None:
    taking = asyncio.create_task(subscriber.take(LONG))
    await asyncio.sleep(0)
    subscriber.offer(row(1))
    assert await taking == [row(1)]


async def test_what_waits_comes_before_the_end(subscriber: Subscriber) -> None:
    subscriber.offer(row(1))
    subscriber.end()
    subscriber.offer(row(2))
    assert await subscriber.take(LONG) == [row(1)]
    assert await subscriber.take(LONG) is None


async def test_the_end_wakes_who_waits(subscriber: Subscriber) -> None:
    taking = asyncio.create_task(subscriber.take(LONG))
    await asyncio.sleep(0)
    subscriber.end()
    assert await taking is None


async def test_who_gave_up_waiting_loses_nothing(subscriber: Subscriber) -> None:
    taking = asyncio.create_task(subscriber.take(LONG))
    await asyncio.sleep(0)
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    subscriber.offer(row(1))
    assert await subscriber.take(LONG) == [row(1)]


async def test_a_client_that_takes_nothing_is_ended(subscriber: Subscriber) -> None:
    for position in range(QUEUE_LIMIT + 1):
        subscriber.offer(row(position))
    assert subscriber.ended
    taken = [one.position for _ in range(QUEUE_LIMIT // TAKEN_AT_ONCE) for one in await subscriber.take(LONG) or ()]
    assert taken == list(range(QUEUE_LIMIT))
    assert await subscriber.take(LONG) is None


async def test_what_it_does_not_ask_for_does_not_wait_for_it() -> None:
    picky = Subscriber(lambda kind, _data: kind != "task.offered")
    picky.offer(row(1))
    assert await picky.take(0) == []
