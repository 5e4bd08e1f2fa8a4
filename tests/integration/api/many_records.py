"""A dealer with thousands of records of each kind, and how many rows a statement reads of them."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.engine import Database

MANY = 2_000
_READ = text(
    "select coalesce(sum(seq_tup_read + idx_tup_fetch), 0) from pg_stat_xact_user_tables"
    " where relname in ('customer', 'vehicle', 'appointment', 'customer_order', 'record_search',"
    " 'search_number')"
)
_RECORDS = (
    "insert into customer (dealer_id, customer_id, record, created_at, updated_at)"
    " select :dealer, 'C-' || n, jsonb_build_object('name', 'Ana ' || md5(n::text), 'channels', jsonb_build_array("
    " jsonb_build_object('kind', 'sms', 'address', '+3519' || lpad(n::text, 8, '0')),"
    " jsonb_build_object('kind', 'email', 'address', 'Ana.' || n || '@example.pt', 'verified', true))), now(), now()"
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


async def fill(owner_database: Database, dealer_id: str) -> None:
    """Thousands of records of each kind, which the planner has counted."""
    async with owner_database.transaction() as connection:
        for statement in _RECORDS:
            await connection.execute(text(statement), {"dealer": dealer_id, "many": MANY})
        await connection.execute(
            text("analyze record_search, search_number, customer, vehicle, appointment, customer_order")
        )


async def rows_read(connection: AsyncConnection) -> int:
    """How many rows of these records the transaction has read so far."""
    return int(await connection.scalar(_READ) or 0)
