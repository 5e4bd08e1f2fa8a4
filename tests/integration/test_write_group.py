"""Writes that wait for each other: what goes together, in which order, and what a failure takes back."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from harness.statement_count import statements
from shared.db.bulk import insert_all, update_all
from shared.db.engine import Database
from shared.db.prepared import Prepared
from shared.db.schema import dealer, staff
from shared.db.write_group import Write, WriteOfParts, written_together

pytestmark = pytest.mark.database

NOW = datetime(2026, 9, 14, 8, tzinfo=UTC)
_COUNT = Prepared("select (select count(*) from dealer) as dealers, (select count(*) from staff) as people")
_WITH_PARTS = Write(
    "with gone as (delete from dealer where dealer_id = :name) update staff set version = version + 1 where true"
)

_NOTHING_GOES = Write("with gone as (delete from vehicle where false) select 1")
_DEALER_GOES = Write("with gone as (delete from dealer where dealer_id = :name) select 1")


def _dealer(name: str, version: int = 1) -> dict[str, Any]:
    return {"dealer_id": name, "record": {}, "version": version, "revision": "1", **_TIMES}


def _person(name: str) -> dict[str, Any]:
    return {"dealer_id": "porto-01", "staff_id": name, "record": {}, "version": 1, **_TIMES}


_TIMES = {"created_at": NOW, "updated_at": NOW}


async def test_writes_of_different_tables_are_one_statement(database: Database) -> None:
    async with database.transaction() as connection:
        with statements(database) as sent:
            async with written_together(connection):
                await insert_all(connection, dealer, [_dealer("porto-01")])
                await insert_all(connection, staff, [_person("S-1"), _person("S-2")])
                assert sent == []
        assert len(sent) == 1
        assert tuple(await _COUNT.first(connection)) == (1, 2)


async def test_of_one_table_they_keep_their_order(database: Database) -> None:
    async with database.transaction() as connection:
        async with written_together(connection):
            await insert_all(connection, dealer, [_dealer("porto-01")])
            await insert_all(connection, staff, [_person("S-1")])
            await update_all(connection, dealer, [{"dealer_id": "porto-01", "version": 2}])
        assert (await connection.scalar(select(dealer.c.version))) == 2
        assert tuple(await _COUNT.first(connection)) == (1, 1)


async def test_what_has_parts_of_its_own_comes_last(database: Database) -> None:
    async with database.transaction() as connection:
        await insert_all(connection, dealer, [_dealer("porto-01")])
        await insert_all(connection, staff, [_person("S-1")])
        with statements(database) as sent:
            async with written_together(connection):
                await _WITH_PARTS.run(connection, {"name": "porto-01"})
                await _WITH_PARTS.run(connection, {"name": "porto-02"})
        assert len(sent) == 2
        assert (await connection.scalar(select(staff.c.version))) == 3
        assert tuple(await _COUNT.first(connection)) == (0, 1)


_ONE = Write("update staff set version = version + 1 where staff_id = 'S-1'", {"staff": {"S-1"}})
_ANOTHER = WriteOfParts(
    {
        "given": "select cast(:version as integer) as version",
        "moved": "update staff set version = given.version from given where staff_id = 'S-2'",
    },
    {"staff": {"S-2"}},
)


async def test_kinds_of_rows_of_one_table_go_together(database: Database) -> None:
    """Those of one kind keep their order."""
    async with database.transaction() as connection:
        await insert_all(connection, staff, [_person("S-1"), _person("S-2")])
        with statements(database) as sent:
            async with written_together(connection):
                await _ONE.run(connection, {})
                await _ANOTHER.run(connection, {"version": 5})
                assert sent == []
                await _ONE.run(connection, {})
        assert len(sent) == 2
        versions = await connection.scalars(select(staff.c.version).order_by(staff.c.staff_id))
        assert list(versions) == [3, 5]


async def test_what_is_all_parts_goes_with_what_comes_last(database: Database) -> None:
    async with database.transaction() as connection:
        await insert_all(connection, dealer, [_dealer("porto-01")])
        await insert_all(connection, staff, [_person("S-1"), _person("S-2")])
        with statements(database) as sent:
            async with written_together(connection):
                await _DEALER_GOES.run(connection, {"name": "porto-01"})
                await _ANOTHER.run(connection, {"version": 5})
            await _ANOTHER.run(connection, {"version": 6})
        assert len(sent) == 2
        assert tuple(await _COUNT.first(connection)) == (0, 2)
        assert (await connection.scalar(select(staff.c.version).where(staff.c.staff_id == "S-2"))) == 6


_COUNTED = "select (select count(*) from dealer), (select count(*) from staff)"
_ASKED: list[Callable[[AsyncConnection], Awaitable[Any]]] = [
    _COUNT.rows,
    lambda connection: connection.execute(text(_COUNTED)),
    lambda connection: connection.exec_driver_sql(_COUNTED),
]


@pytest.mark.parametrize("ask", _ASKED, ids=["driver", "statement", "text"])
async def test_whoever_asks_sees_what_waited(
    database: Database, ask: Callable[[AsyncConnection], Awaitable[Any]]
) -> None:
    async with database.transaction() as connection, written_together(connection):
        await insert_all(connection, dealer, [_dealer("porto-01")])
        assert [tuple(row) for row in await ask(connection)] == [(1, 0)]


async def test_another_connection_is_not_waited_for(database: Database) -> None:
    async with database.transaction() as one, database.transaction() as other, written_together(one):
        await insert_all(one, dealer, [_dealer("porto-01")])
        await insert_all(other, staff, [_person("S-1")])
        assert tuple(await _COUNT.first(other)) == (0, 1)


@pytest.mark.parametrize("with_parts", [False, True])
async def test_who_writes_the_same_rows_one_by_one_is_not_waited_for_across(
    database: Database, *, with_parts: bool
) -> None:
    """Of a group too the first write takes its locks first."""

    async def write_together() -> None:
        async with database.transaction() as connection, written_together(connection):
            await insert_all(connection, dealer, [_dealer("porto-01")], new_only=True)
            await insert_all(connection, staff, [_person("S-1")], new_only=True)
            if with_parts:
                await _NOTHING_GOES.run(connection, {})

    async with database.transaction() as connection:
        await insert_all(connection, dealer, [_dealer("porto-01")])
        together = asyncio.create_task(write_together())
        await _until_one_waits(database)
        await insert_all(connection, staff, [_person("S-1")])
    await together


async def _until_one_waits(database: Database) -> None:
    async with asyncio.timeout(10), database.transaction() as connection:
        waits = False
        while not waits:
            waits = bool(await connection.scalar(text("select true from pg_sleep(0.01), pg_locks where not granted")))


async def test_what_fails_takes_all_back(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as connection, written_together(connection):
            await insert_all(connection, staff, [_person("S-1")])
            await insert_all(connection, dealer, [_dealer("porto-01"), _dealer("porto-01")])

    with pytest.raises(DBAPIError):
        await fail()
    async with database.transaction() as connection:
        assert tuple(await _COUNT.first(connection)) == (0, 0)


async def test_who_fails_sends_nothing_more(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as connection, written_together(connection):
            await insert_all(connection, staff, [_person("S-1")])
            raise RuntimeError

    with statements(database) as sent, pytest.raises(RuntimeError):
        await fail()
    assert not any("staff" in one for one in sent)


async def test_a_group_within_a_group_keeps_the_order(database: Database) -> None:
    async with database.transaction() as connection:
        async with written_together(connection):
            await insert_all(connection, dealer, [_dealer("porto-01")])
            async with written_together(connection):
                await update_all(connection, dealer, [{"dealer_id": "porto-01", "version": 2}])
        assert (await connection.scalar(select(dealer.c.version))) == 2


async def test_a_task_begun_within_writes_after_the_end(database: Database) -> None:
    async with database.transaction() as connection:
        ended = asyncio.Event()

        async def write_later() -> None:
            await ended.wait()
            await insert_all(connection, staff, [_person("S-1")])

        async with written_together(connection):
            await insert_all(connection, dealer, [_dealer("porto-01")])
            later = asyncio.create_task(write_later())
        ended.set()
        await later
        assert tuple(await _COUNT.first(connection)) == (1, 1)


async def test_a_savepoint_takes_back_what_was_written_within(database: Database) -> None:
    async with database.transaction() as connection:
        async with written_together(connection):
            await insert_all(connection, dealer, [_dealer("porto-01")])
            savepoint = await connection.begin_nested()
            await insert_all(connection, staff, [_person("S-1")])
            await savepoint.rollback()
        assert tuple(await _COUNT.first(connection)) == (1, 0)
