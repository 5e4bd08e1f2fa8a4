"""However many customers were merged, a record asks for its own only."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from handoff_worker.routing.locked_records import lock_and_read
from harness.bus_records import journey_record
from harness.clocks import MovableClock
from harness.dealership import CUSTOMER, DEALER, Dealership
from harness.statistics import read_so_far
from shared.db.engine import Database
from shared.vocabulary import TASKS_TOPIC

pytestmark = pytest.mark.database

MANY, FEW = 2_000, 10
MERGED = text(
    """
    insert into customer (dealer_id, customer_id, record, merged_into, version, created_at, updated_at)
    select :dealer, 'M-' || n, '{}', :current, 1, now(), now() from generate_series(1, :many) n
    """
)
READ = text("select seq_tup_read + idx_tup_fetch from pg_stat_user_tables where relname = 'customer'")


@pytest.mark.parametrize(("customer_id", "current"), [(CUSTOMER, CUSTOMER), ("M-7", CUSTOMER), ("nobody", "nobody")])
async def test_a_record_reads_its_customer(
    database: Database,
    owner_database: Database,
    services_database: Database,
    clock: MovableClock,
    customer_id: str,
    current: str,
) -> None:
    """As the worker has its statements planned."""
    dealership = Dealership(database, clock)
    await dealership.open_dealer()
    await dealership.add_customer()
    async with database.transaction() as connection:
        await connection.execute(MERGED, {"dealer": DEALER, "current": CUSTOMER, "many": MANY})
    async with owner_database.transaction() as connection:
        await connection.execute(text("analyze customer"))
    await read_so_far(database, READ)
    before = await read_so_far(services_database, READ)
    async with services_database.transaction() as connection:
        told = replace(journey_record("E-1", DEALER, customer_id, clock()), topic=TASKS_TOPIC)
        (record,), _ = await lock_and_read(connection, [told])
    assert record.key == f"{DEALER}/{current}"
    assert await read_so_far(services_database, READ) - before < FEW
