"""Unrouted events are found by what came since the last look, however many events the day has."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from harness.statistics import planned_for_good, read_so_far
from shared.cases import unrouted_events
from shared.cases.unrouted_events import RoutedSoFar, look_for_unrouted
from shared.db.engine import Database
from shared.db.schema import journey_event, routing
from shared.ids import first_id

pytestmark = pytest.mark.database

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
OLD = NOW - timedelta(minutes=2)
MANY, FEW = 4_000, 100
READ = text(
    """
    select (select sum(seq_tup_read) from pg_stat_user_tables where relname in ('journey_event', 'routing'))
         + (select sum(idx_tup_read) from pg_stat_user_indexes where relname in ('journey_event', 'routing'))
    """
)


def event_id(ago: timedelta, number: int = 0) -> str:
    """An id as it was made so long before `NOW`."""
    return f"{first_id(NOW - ago)}-{number:06}"


async def add(connection: AsyncConnection, *ids: str, routed: bool = False) -> None:
    """Events under these ids."""
    values = {"dealer_id": "porto-01", "source": "/dms", "step": 1, "occurred_at": NOW, "received_at": NOW}
    rows = [{**values, "event_id": one, "id": one, "intent": "live", "content_hash": b""} for one in ids]
    await connection.execute(insert(journey_event), [{**row, "data": {}, "extensions": {}} for row in rows])
    if routed:
        await route(connection, *ids)


async def route(connection: AsyncConnection, *ids: str) -> None:
    """The events are routed."""
    values = {"dealer_id": "porto-01", "state": "routed", "playbook_version": "1", "routed_at": NOW}
    rows = [{**values, "event_id": one} for one in ids]
    await connection.execute(insert(routing), rows)


async def look(connection: AsyncConnection, before: RoutedSoFar, later: timedelta) -> tuple[int, RoutedSoFar]:
    """A look so long after `NOW`."""
    return await look_for_unrouted(connection, before, OLD + later, NOW + later)


async def test_what_is_late_is_remembered_until_it_is_routed(database: Database) -> None:
    late, fresh = event_id(timedelta(hours=2)), event_id(timedelta(seconds=30))
    async with database.transaction() as connection:
        await add(connection, event_id(timedelta(hours=3)), routed=True)
        await add(connection, late, fresh, event_id(timedelta(days=1, seconds=1)))
        count, seen = await look(connection, RoutedSoFar(), timedelta(0))
        assert (count, seen) == (1, RoutedSoFar(first_id(NOW - timedelta(minutes=5)), (late,)))
        assert RoutedSoFar.read(seen.document()) == seen
        count, seen = await look(connection, seen, timedelta(minutes=6))
        assert (count, seen.late) == (2, (late, fresh))
        await route(connection, late)
        count, seen = await look(connection, seen, timedelta(minutes=7))
        assert (count, seen.late) == (1, (fresh,))
        count, seen = await look(connection, seen, timedelta(days=1))
        assert (count, seen.late) == (0, ())


async def test_of_very_many_the_oldest_are_remembered(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unrouted_events, "REMEMBERED", 2)
    ids = [event_id(timedelta(hours=1), number) for number in range(4)]
    async with database.transaction() as connection:
        await add(connection, *ids)
        count, seen = await look(connection, RoutedSoFar(), timedelta(0))
        assert (count, seen) == (4, RoutedSoFar(ids[2], tuple(ids[:2])))
        assert await look(connection, seen, timedelta(0)) == (count, seen)
        await route(connection, ids[0], ids[2])
        count, seen = await look(connection, seen, timedelta(0))
        assert (count, seen.late) == (2, (ids[1], ids[3]))


@pytest.fixture
async def filled(database: Database) -> AsyncIterator[Database]:
    """Many routed events of the day, and a late one, for a connection that plans for good."""
    async with database.transaction() as connection:
        await add(connection, *(event_id(timedelta(hours=1), number) for number in range(MANY)), routed=True)
        await add(connection, event_id(timedelta(hours=2)))
        await connection.execute(text("analyze journey_event, routing"))
    async with planned_for_good(database) as alone:
        yield alone


async def test_a_look_reads_what_came_since_the_last_one(filled: Database) -> None:
    async with filled.transaction() as connection:
        count, seen = await look(connection, RoutedSoFar(), timedelta(0))
    assert count == 1
    before = await read_so_far(filled, READ)
    async with filled.transaction() as connection:
        assert await look(connection, seen, timedelta(0)) == (1, seen)
    assert await read_so_far(filled, READ) - before < FEW
