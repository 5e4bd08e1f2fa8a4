"""Connections that the server has closed while they lay in the pool."""

import asyncio

import pytest
from sqlalchemy import text

from shared.db.engine import Database
from shared.process.settings import async_address

pytestmark = pytest.mark.database


async def test_a_closed_connection_is_replaced_without_a_word(migrated: str) -> None:
    database = Database(async_address(migrated), role=None, pool_size=2)
    try:
        async with database.transaction() as striking:
            async with database.transaction() as connection:
                driver = (await connection.get_raw_connection()).driver_connection
                assert driver is not None
                first = (await connection.execute(text("select pg_backend_pid()"))).scalar_one()
            closed = asyncio.Event()
            driver.add_termination_listener(lambda _driver: closed.set())
            await striking.execute(text("select pg_terminate_backend(:pid)"), {"pid": first})
            async with asyncio.timeout(60):
                await closed.wait()
            async with database.transaction() as connection:
                assert (await connection.execute(text("select pg_backend_pid()"))).scalar_one() != first
    finally:
        await database.close()
