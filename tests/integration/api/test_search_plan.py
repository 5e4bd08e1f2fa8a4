"""A search reads a few rows of the index of terms, however many customers a dealer has."""

import httpx
import pytest
from event_posting import DEALER
from many_records import fill, rows_read
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.pagination import Page
from journey_api.reference.collections import APPOINTMENT, CUSTOMER, ORDER, VEHICLE, Kind
from journey_api.reference.store import list_records
from shared.db.engine import Database

pytestmark = pytest.mark.database


@pytest.fixture
async def filled(admin: httpx.AsyncClient, dealers: None, database: Database, owner_database: Database) -> Database:
    """Thousands of records of each kind."""
    await fill(owner_database, DEALER)
    return database


async def _read_by(connection: AsyncConnection, kind: Kind, query: str) -> tuple[int, int]:
    """How many records a search finds, at most a page and one, and how many rows it reads."""
    before = await rows_read(connection)
    found = await list_records(connection, kind, DEALER, query, Page(limit=50, after=None))
    return len(found), await rows_read(connection) - before


async def test_rows_that_are_read(filled: Database) -> None:
    rare = {
        CUSTOMER: (
            "a87ff679",
            "+351 900 000 004",
            "C-1999",
            "wvw 0000 0000 001999",
            "00001999",
            "ana 0001999",
            "nobody",
        ),
        VEHICLE: ("WVW00000000000004", "001999", "golf c-1999", "polo"),
        APPOINTMENT: ("A-1999", "service c-1999", "1999", "test"),
        ORDER: ("O-1999", "parts o-1999", "vehicle"),
    }
    async with filled.transaction(DEALER) as connection:
        for kind, queries in rare.items():
            for query in queries:
                found, read = await _read_by(connection, kind, query)
                assert found <= 2, query
                most = 220 + 520 * (len(query.split()) - 1) if kind is CUSTOMER else 1_100 + 250 * len(query.split())
                assert read <= most, f"{query} reads {read} rows"
        for kind, query in ((CUSTOMER, "ana"), (CUSTOMER, "wvw"), (VEHICLE, "golf"), (ORDER, "parts o")):
            found, read = await _read_by(connection, kind, query)
            assert found == 51, query
            assert read <= (500 if kind is CUSTOMER else 1_200), f"{query} reads {read} rows"


async def test_what_is_searched_nowhere_writes_nothing_to_the_indexes(
    admin: httpx.AsyncClient, filled: Database
) -> None:
    written = text(
        "select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_xact_user_tables"
        " where relname in ('record_search', 'search_number')"
    )
    change = text("update customer set record = record || cast(:more as jsonb) where customer_id = 'C-7'")
    async with filled.transaction(DEALER) as connection:
        for more, writes in (('{"attributes": {"club": 1}, "vip": true}', False), ('{"name": "Rui"}', True)):
            before = await connection.scalar(written)
            await connection.execute(change, {"more": more})
            assert (await connection.scalar(written) > before) is writes, more


async def test_the_wall_stands_before_the_index(filled: Database) -> None:
    async with filled.transaction("porto-01") as connection:
        for kind in (CUSTOMER, VEHICLE, APPOINTMENT, ORDER):
            assert await list_records(connection, kind, DEALER, "1999", Page(limit=50, after=None)) == []
    async with filled.transaction("") as connection:
        assert await list_records(connection, CUSTOMER, DEALER, "ana", Page(limit=50, after=None)) == []
