"""A notification says whose feeds have grown and how far, so that no heads need be read."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from harness.statistics import read_so_far
from journey_api.feeds.hub import Hub, Subscriber
from journey_api.feeds.numbered_rows import EVERYBODY, heads_told, number_records
from shared.clock import Clock
from shared.db.engine import EVERY_DEALER, Database
from shared.messaging.bus import new_record
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.messaging.postgres.pg_notify import FEEDS
from shared.vocabulary import SLA_TOPIC

MANY, FEW = 500, 20
READ = text("select seq_tup_read + idx_tup_fetch from pg_stat_user_tables where relname = 'feed_head'")


def hint(*fields: object) -> str:
    return "\x1f".join(map(str, fields))


@pytest.mark.parametrize(
    "hints",
    [
        set(),
        {EVERYBODY},
        {hint("lisboa-01", "task", 4), EVERYBODY},
        {"lisboa-01"},
        {hint("lisboa-01", "porto-01")},
        {hint("lisboa-01", "porto-01", "faro-01")},
        {hint("lisboa-01", "task", "faro-01")},
    ],
)
def test_who_was_not_told_of_whom_looks_at_all(hints: set[str]) -> None:
    assert heads_told(hints) is None


def test_the_newest_of_what_was_told_counts() -> None:
    told = {hint("porto-01", "sla", 7, "porto-01", "task", 9), hint("porto-01", "task", 10), hint("a b, c", "task", 1)}
    assert heads_told(told) == {"task": {"porto-01": 10, "a b, c": 1}, "sla": {"porto-01": 7}}


@pytest.fixture
async def hub(database: Database) -> AsyncIterator[Hub]:
    """A hub that is woken by notifications alone."""
    one, stop, listener = Hub(database, poll=timedelta(hours=1)), asyncio.Event(), NotifyListener(database)
    with listener.waking(FEEDS, one.wake):
        async with asyncio.TaskGroup() as group:
            group.create_task(one.run(stop))
            group.create_task(listener.run(stop))
            await one.begun.wait()
            yield one
            stop.set()


async def number(database: Database, clock: Clock, dealers: list[str]) -> None:
    """A change of a clock at each of these dealers."""
    data = {"due_at": None, "breached_at": None}
    records = [new_record(SLA_TOPIC, "handoff.sla.met.v1", one, "C-1", clock(), data) for one in dealers]
    async with database.transaction() as connection:
        await number_records(connection, records)


async def received(subscriber: Subscriber, count: int) -> set[str]:
    """The dealers of so many rows."""
    dealers: set[str] = set()
    async with asyncio.timeout(60):
        while len(dealers) < count:
            dealers |= {row.dealer_id for row in await subscriber.take(60) or ()}
    return dealers


@pytest.mark.database
async def test_rows_of_many_and_of_one_arrive(hub: Hub, database: Database, clock: Clock) -> None:
    dealers = [f"dealer-{number:04}" for number in range(MANY)]
    with hub.subscription("sla", {EVERY_DEALER}, lambda *_: True) as subscriber:
        for some in (dealers[:1], dealers, dealers[-1:]):
            await number(database, clock, some)
            assert await received(subscriber, len(some)) == set(some)


@pytest.mark.database
async def test_nothing_is_read_of_dealers_whom_nobody_follows(
    hub: Hub, database: Database, services_database: Database, clock: Clock
) -> None:
    dealers = [f"dealer-{number:04}" for number in range(MANY)]
    with hub.subscription("sla", {"dealer-0007"}, lambda *_: True) as subscriber:
        await number(database, clock, dealers)
        assert await received(subscriber, 1) == {"dealer-0007"}
        before = await read_so_far(services_database, READ)
        for some in (["dealer-0008"], ["dealer-0007", "dealer-0009"], ["dealer-0008"], ["dealer-0007"]):
            await number(database, clock, some)
        positions: list[int] = []
        async with asyncio.timeout(60):
            while len(positions) < 2:
                positions += [row.position for row in await subscriber.take(60) or ()]
    assert positions == [2, 3]
    assert await read_so_far(services_database, READ) - before < FEW


@pytest.mark.database
async def test_a_notification_of_before_takes_nothing_back(hub: Hub, database: Database, clock: Clock) -> None:
    for _ in range(3):
        await number(database, clock, ["lisboa-01"])
    with hub.subscription("sla", {"lisboa-01"}, lambda *_: True) as subscriber:
        await number(database, clock, ["lisboa-01"])
        assert await received(subscriber, 1) == {"lisboa-01"}
    hub.wake(hint("lisboa-01", "sla", 2))
    with hub.subscription("sla", {"lisboa-01"}, lambda *_: True) as subscriber:
        await number(database, clock, ["lisboa-01"])
        async with asyncio.timeout(60):
            assert [row.position for row in await subscriber.take(60) or ()] == [5]
