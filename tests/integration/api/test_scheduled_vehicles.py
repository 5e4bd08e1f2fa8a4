"""What the dates of vehicles cost: a PUT a few statements more, the scheduler nothing until one has come."""

from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import text

from harness.statement_count import statements
from notifier.timers.scheduler import TimerScheduler
from shared.db.engine import Database

pytestmark = pytest.mark.database

MANY = 50_000
DATES = {"registered_on": "2024-01-05", "purchased_on": "2026-01-05", "next_service_on": "2027-03-01"}
_FILL = text(
    f"""
    insert into timer_due (dealer_id, kind, subject_id, customer_id, threshold, cycle, fire_at)
    select 'lisboa-01', 'trigger', 'VIN-' || n, 'C-' || n, 'T-12', 20280101,
           cast(:at as timestamptz) + n * interval '1 minute'
      from generate_series(1, {MANY}) n
    """
)


async def test_the_scheduler_reads_none_of_the_rows_that_are_not_due(
    database: Database, owner_database: Database, clock: object
) -> None:
    now: datetime = clock()  # type: ignore[operator]  # the movable clock
    async with owner_database.transaction() as connection:
        await connection.execute(_FILL, {"at": now + timedelta(days=365)})
        await connection.execute(text("analyze timer_due"))
        plan = await connection.scalars(
            text(
                "explain delete from timer_due where ctid = any(array(select ctid from timer_due where kind <> 'timer'"
                " and fire_at <= now() and fire_at >= '0001-01-01' order by fire_at for update skip locked limit 500))"
            )
        )
        assert "ix_timer_due_fire_other" in "\n".join(plan)
    ticked = await TimerScheduler(database, clock).tick()  # type: ignore[arg-type]
    assert ticked.claimed == 0
    assert ticked.next_at == now + timedelta(days=365, minutes=1)


async def test_the_dates_of_a_vehicle_cost_one_statement_to_place_and_one_to_read_the_dealers_times(
    admin: httpx.AsyncClient, database: Database
) -> None:
    dealer = {"name": "Lisboa Motors", "time_zone": "Europe/Lisbon"}
    assert (await admin.put("/v1/dealers/lisboa-01", json=dealer)).status_code == 201
    assert (await admin.put("/v1/dealers/lisboa-01/customers/C-1", json={"name": "Ana Sousa"})).status_code == 201
    path = "/v1/dealers/lisboa-01/vehicles"
    await admin.put(f"{path}/VIN-0", json={"customer_id": "C-1", **DATES})
    with statements(database) as plain:
        assert (await admin.put(f"{path}/VIN-1", json={"customer_id": "C-1"})).status_code == 201
    with statements(database) as dated:
        assert (await admin.put(f"{path}/VIN-2", json={"customer_id": "C-1", **DATES})).status_code == 201
    assert sum("insert into timer_due" in one for one in dated) == 1
    assert len(dated) <= len(plain) + 2
