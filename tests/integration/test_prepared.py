"""Statements on the driver: what goes in, what comes out, and that they share the transaction of SQLAlchemy's."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError

from shared.db.engine import Database, lock_keys
from shared.db.prepared import Prepared
from shared.db.schema import dealer
from shared.process.transient_errors import is_outage

pytestmark = pytest.mark.database

_KEEP = Prepared(
    dealer.insert().values(
        dealer_id=bindparam("dealer_id"),
        record=bindparam("record", type_=JSONB),
        version=1,
        revision="1",
        created_at=bindparam("at", type_=dealer.c.created_at.type),
        updated_at=bindparam("at", type_=dealer.c.created_at.type),
    )
)
_FIND = Prepared(select(dealer.c.dealer_id, dealer.c.record).where(dealer.c.dealer_id == bindparam("dealer_id")))
_SLEEP = Prepared("select pg_sleep(60)")
NOW = datetime(2026, 9, 14, 8, tzinfo=UTC)
RECORD = {"time_zone": "Europe/Lisbon", "tables": {"a": [1, None]}}


async def _keep(database: Database, name: str) -> None:
    async with database.transaction() as connection:
        await _KEEP.rows(connection, {"dealer_id": name, "record": RECORD, "at": NOW})


async def test_rows_have_their_values_as_attributes_and_by_name(database: Database) -> None:
    await _keep(database, "porto-77")
    async with database.transaction() as connection:
        row = await _FIND.first(connection, {"dealer_id": "porto-77"})
        assert (row.dealer_id, row.record) == ("porto-77", RECORD)
        assert dict(row) == {"dealer_id": "porto-77", "record": RECORD}
        assert tuple(row) == ("porto-77", RECORD)
        with pytest.raises(AttributeError, match="version"):
            _ = row.version
        assert await _FIND.first(connection, {"dealer_id": "porto-78"}) is None


async def test_what_fails_takes_back_what_either_wrote(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as connection:
            await _KEEP.rows(connection, {"dealer_id": "porto-77", "record": RECORD, "at": NOW})
            await connection.execute(text("update dealer set version = 2 where dealer_id = 'porto-77'"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with database.transaction() as connection:
        assert await _FIND.rows(connection, {"dealer_id": "porto-77"}) == []


async def test_a_connection_of_sqlalchemy_has_begun_its_transaction(services_database: Database) -> None:
    async with services_database.engine.connect() as connection:
        await _KEEP.rows(connection, {"dealer_id": "porto-77", "record": RECORD, "at": NOW})
        await connection.rollback()
        await lock_keys(connection, ["porto-77/C-1"])
        assert await _FIND.rows(connection, {"dealer_id": "porto-77"}) == []


async def test_a_look_leaves_no_transaction_open(services_database: Database) -> None:
    async with services_database.look() as connection:
        assert await _FIND.rows(connection, {"dealer_id": "porto-77"}) == []
        await connection.execute(text("select 1"))
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        assert not driver.is_in_transaction()


async def test_what_the_database_refuses_is_raised_as_sqlalchemy_raises_it(database: Database) -> None:
    await _keep(database, "porto-77")
    with pytest.raises(DBAPIError) as twice:
        await _keep(database, "porto-77")
    assert not is_outage(twice.value)
    assert "Europe/Lisbon" not in str(twice.value)


async def test_a_lock_that_does_not_come_is_an_outage(database: Database) -> None:
    async with database.transaction() as holder, database.transaction() as waiting:
        await lock_keys(holder, ["porto-77"])
        await waiting.execute(text("set local lock_timeout = '50ms'"))
        with pytest.raises(DBAPIError) as late:
            await lock_keys(waiting, ["porto-77"])
    assert is_outage(late.value)


async def test_a_missing_parameter_is_named(database: Database) -> None:
    async with database.transaction() as connection:
        with pytest.raises(KeyError, match="dealer_id"):
            await _FIND.rows(connection, {})


async def test_who_is_stopped_within_a_statement_does_not_wait_for_it(database: Database) -> None:
    """The connection is closed, and the pool gives another."""

    async def sleep() -> None:
        async with database.transaction() as connection:
            begun.set()
            await _SLEEP.rows(connection)

    begun = asyncio.Event()
    sleeping = asyncio.create_task(sleep())
    await begun.wait()
    async with asyncio.timeout(30):
        sleeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeping
        async with database.transaction() as connection:
            assert await connection.scalar(text("select 1")) == 1


def test_a_list_that_grows_is_refused() -> None:
    growing = Prepared(select(dealer.c.dealer_id).where(dealer.c.dealer_id.in_(["porto-77"])))
    with pytest.raises(ValueError, match="grows"):
        growing.compile()


def test_a_value_that_sqlalchemy_would_make_is_refused() -> None:
    lacking = Prepared(dealer.insert().values(dealer_id="porto-77", record={}, version=1))
    with pytest.raises(ValueError, match=r"dealer\.revision"):
        lacking.compile()
