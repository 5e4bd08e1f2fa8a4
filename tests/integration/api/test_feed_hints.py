"""A notification says whose feeds have grown, so that the heads of all others need not be read."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from harness.statistics import read_so_far
from journey_api.feeds.hub import Hub, Subscriber
from journey_api.feeds.numbered_rows import EVERYBODY, dealers_of, heads_by_stream, hint_of, number_records
from shared.clock import Clock
from shared.db.engine import EVERY_DEALER, Database
from shared.messaging.bus import new_record
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.messaging.postgres.pg_notify import FEEDS
from shared.vocabulary import SLA_TOPIC

MANY, FEW = 500, 20
READ = text("select seq_tup_read + idx_tup_fetch from pg_stat_user_tables where relname = 'feed_head'")


@pytest.mark.parametrize("hints", [set(), {EVERYBODY}, {"lisboa-01", EVERYBODY}])
def test_who_was_told_of_nobody_looks_at_all(hints: set[str]) -> None:
    assert dealers_of(hints) is None


def test_who_was_told_of_some_looks_at_those() -> None:
    hints = {hint_of({"porto-01", "lisboa-01"}), hint_of({"lisboa-01"}), hint_of({"a b, c"})}
    assert dealers_of(hints) == ["a b, c", "lisboa-01", "porto-01"]


def test_too_many_are_not_named() -> None:
    assert hint_of({f"dealer-{number}" for number in range(1_000)}) == EVERYBODY
    assert hint_of({"ü" * 3_900, "x" * 200}) == EVERYBODY


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
async def test_the_head_of_one_is_read_alone(database: Database, services_database: Database, clock: Clock) -> None:
    await number(database, clock, [f"dealer-{number:04}" for number in range(MANY)])
    await read_so_far(database, READ)
    before = await read_so_far(services_database, READ)
    async with services_database.transaction() as connection:
        found = await heads_by_stream(connection, ["dealer-0007", "nobody"])
    assert found == {"task": {}, "sla": {"dealer-0007": 1}}
    assert await read_so_far(services_database, READ) - before < FEW
