"""The auditor's look finds what it counts by indexes, however much there is that is none of its business."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from handoff_worker.jobs.auditor import audit
from harness.statistics import planned_for_good, read_so_far
from harness.stepped_services import SteppedServices
from shared.db.engine import Database
from shared.db.schema import metadata
from shared.ids import new_id

pytestmark = pytest.mark.database

MANY, FEW = 4_000, 400
OLD = "'00' || n"
"""An id from long before the day that is looked at."""
OVER: dict[str, dict[str, str]] = {
    "journey_event": {"event_id": OLD, "id": OLD},
    "routing": {"event_id": OLD},
    "journey_case": {"case_id": OLD, "status": "'closed'"},
    "task": {"task_id": OLD, "case_id": OLD, "status": "'completed'"},
    "task_source": {"task_id": OLD, "event_id": OLD},
    "sla_timer": {"timer_id": OLD, "subject_id": OLD, "state": "'completed'", "breached_at": "due_at"},
    "sla_timer_event": {"seq": "1000000 + n", "timer_id": OLD},
    "timer_due": {"id": "1000000 + n", "subject_id": OLD, "fire_at": "fire_at + interval '1 year'"},
    "notification": {
        "notification_id": OLD,
        "dedupe_key": OLD,
        "status": "'delivered'",
        "scheduled_for": "null",
        "next_attempt_wall_clock_at": "null",
        "delivery_deadline": "null",
    },
    "receipt": {"receipt_id": OLD, "applied": "true"},
    "outbox": {"seq": "1000000 + n", "record_id": OLD},
}
"""By table, in what a row that is over differs from one that is there."""
READ = text(
    """
    select (select sum(seq_tup_read) from pg_stat_user_tables where relname = any(:tables))
         + (select sum(idx_tup_read) from pg_stat_user_indexes where relname = any(:tables))
    """
).bindparams(tables=list(OVER))


@pytest.fixture
async def alone(services: SteppedServices, owner_database: Database) -> AsyncIterator[Database]:
    """A dealer with one open case and very much that is over, seen by one connection."""
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message()
    await services.settle()
    async with owner_database.transaction() as connection:
        row = {"receipt_id": new_id(), "dealer_id": services.dealer_id, "status": "read", "applied": True}
        values = row | {"notification_id": "N-1", "attempt_id": "A-1", "wall_clock_at": services.real()}
        await connection.execute(metadata.tables["receipt"].insert().values(values))
        for name, changed in OVER.items():
            columns = [f'"{column.name}"' for column in metadata.tables[name].c]
            given = [changed.get(column.strip('"'), column) for column in columns]
            one = f"(select * from {name} limit 1), generate_series(1, {MANY}) n"
            await connection.execute(
                text(f"insert into {name} ({', '.join(columns)}) select {', '.join(given)} from {one}")
            )
    # what earlier tests deleted would be read too
    async with owner_database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await connection.execute(text(f"vacuum (analyze) {', '.join(OVER)}"))
    async with planned_for_good(services.database) as database:
        yield database


async def test_a_look_reads_what_is_live_and_nothing_else(services: SteppedServices, alone: Database) -> None:
    before = await read_so_far(alone, READ)
    assert set((await audit(alone, services.clock(), services.real())).values()) == {0}
    assert await read_so_far(alone, READ) - before < FEW
