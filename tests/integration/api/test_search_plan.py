"""A search reads a few rows of the index of terms, however many customers a dealer has."""

import httpx
import pytest
from event_posting import DEALER
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.pagination import Page
from journey_api.reference.collections import APPOINTMENT, CUSTOMER, ORDER, VEHICLE, Kind
from journey_api.reference.store import list_records
from shared.db.engine import Database

pytestmark = pytest.mark.database
MANY = 4_000
READ = text(
    "select coalesce(sum(seq_tup_read + idx_tup_fetch), 0) from pg_stat_xact_user_tables"
    " where relname in ('customer', 'vehicle', 'appointment', 'customer_order', 'record_search')"
)
FILLED = (
    "insert into customer (dealer_id, customer_id, record, created_at, updated_at)"
    " select :dealer, 'C-' || n, jsonb_build_object('name', 'Ana ' || md5(n::text), 'channels', jsonb_build_array("
    " jsonb_build_object('kind', 'sms', 'address', '+3519' || lpad(n::text, 8, '0')))), now(), now()"
    " from generate_series(1, :many) as n",
    "insert into vehicle (dealer_id, vin, vin_key, record, created_at, updated_at)"
    " select :dealer, 'WVW' || lpad(n::text, 14, '0'), 'WVW' || lpad(n::text, 14, '0'),"
    " jsonb_build_object('customer_id', 'C-' || n, 'model', 'Golf'), now(), now() from generate_series(1, :many) as n",
    "insert into appointment (dealer_id, appointment_id, record, created_at, updated_at)"
    " select :dealer, 'A-' || n, jsonb_build_object('customer_id', 'C-' || n, 'kind', 'service'), now(), now()"
    " from generate_series(1, :many) as n",
    "insert into customer_order (dealer_id, order_id, record, created_at, updated_at)"
    " select :dealer, 'O-' || n, jsonb_build_object('customer_id', 'C-' || n, 'kind', 'parts'), now(), now()"
    " from generate_series(1, :many) as n",
)


@pytest.fixture
async def filled(admin: httpx.AsyncClient, dealers: None, database: Database, owner_database: Database) -> Database:
    """Thousands of records of each kind, which the planner has counted."""
    async with owner_database.transaction() as connection:
        for statement in FILLED:
            await connection.execute(text(statement), {"dealer": DEALER, "many": MANY})
        await connection.execute(text("analyze record_search, customer, vehicle, appointment, customer_order"))
    return database


async def _read_by(connection: AsyncConnection, kind: Kind, query: str) -> tuple[int, int]:
    """How many records a search finds, at most a page and one, and how many rows it reads."""
    before = await connection.scalar(READ)
    found = await list_records(connection, kind, DEALER, query, Page(limit=50, after=None))
    return len(found), int(await connection.scalar(READ) or 0) - int(before or 0)


async def test_rows_that_are_read(filled: Database) -> None:
    rare = {
        CUSTOMER: (
            "a87ff679",
            "+351 900 000 004",
            "C-3999",
            "wvw 0000 0000 003999",
            "00003999",
            "ana 0003999",
            "nobody",
        ),
        VEHICLE: ("WVW00000000000004", "003999", "golf c-3999", "polo"),
        APPOINTMENT: ("A-3999", "service c-3999", "3999", "test"),
        ORDER: ("O-3999", "parts o-3999", "vehicle"),
    }
    async with filled.transaction(DEALER) as connection:
        for kind, queries in rare.items():
            for query in queries:
                found, read = await _read_by(connection, kind, query)
                assert found <= 2, query
                assert read <= 1_100 + 250 * len(query.split()), f"{query} reads {read} rows"
        for kind, query in ((CUSTOMER, "ana"), (CUSTOMER, "wvw"), (VEHICLE, "golf"), (ORDER, "parts o")):
            found, read = await _read_by(connection, kind, query)
            assert found == 51, query
            assert read <= 1_200, f"{query} reads {read} rows"


async def test_the_wall_stands_before_the_index(filled: Database) -> None:
    async with filled.transaction("porto-01") as connection:
        for kind in (CUSTOMER, VEHICLE, APPOINTMENT, ORDER):
            assert await list_records(connection, kind, DEALER, "3999", Page(limit=50, after=None)) == []
    async with filled.transaction("") as connection:
        assert await list_records(connection, CUSTOMER, DEALER, "ana", Page(limit=50, after=None)) == []
