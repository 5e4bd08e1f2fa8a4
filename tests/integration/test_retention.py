"""What is past its time is forgotten, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from shared.db.engine import Database
from shared.messaging.retention import prune

pytestmark = pytest.mark.database

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ROWS = {
    "outbox": (
        timedelta(days=14),
        "insert into outbox (dealer_id, topic, key, record_id, type, source, occurred_at, payload, wall_clock_at)"
        " select 'd', 't', 'd', n, 'x', '/dealers/d', :at, '{}', :at from generate_series(1, :count) n",
    ),
    "feed": (
        timedelta(days=14),
        "insert into feed (dealer_id, stream, position, type, data, wall_clock_at)"
        " select 'd', :stream, n, 'x', '{}', :at from generate_series(1, :count) n",
    ),
    "inbox": (
        timedelta(days=30),
        "insert into inbox (consumer, source, id, wall_clock_at)"
        " select :stream, '/dealers/d', n, :at from generate_series(1, :count) n",
    ),
    "receipt": (
        timedelta(days=30),
        "insert into receipt (receipt_id, dealer_id, notification_id, attempt_id, status, wall_clock_at, applied)"
        " select :stream || n, 'd', 'n', 'a', 'delivered', :at, true from generate_series(1, :count) n",
    ),
    "idempotency": (
        timedelta(hours=24),
        "insert into idempotency (lookup, answer, wall_clock_at)"
        " select convert_to(:stream || n, 'utf8'), '', :at from generate_series(1, :count) n",
    ),
    "session": (
        timedelta(days=7),
        "insert into session (token_hash, secret_hash, wall_clock_at, used_at)"
        " select convert_to(:stream || n, 'utf8'), '', :at, :at from generate_series(1, :count) n",
    ),
    "feed_ticket": (
        timedelta(hours=12),
        "insert into feed_ticket (token_hash, secret_hash, wall_clock_at)"
        " select convert_to(:stream || n, 'utf8'), '', :at from generate_series(1, :count) n",
    ),
}


async def _add(database: Database, statement: str, at: datetime, stream: str, count: int) -> None:
    values = {"at": at, "stream": stream, "count": count}
    wanted = {name: value for name, value in values.items() if f":{name}" in statement}
    async with database.transaction() as connection:
        await connection.execute(text(statement), wanted)


@pytest.mark.parametrize("table", sorted(ROWS))
async def test_old_rows_go_in_batches_and_young_ones_stay(database: Database, table: str) -> None:
    kept, statement = ROWS[table]
    await _add(database, statement, NOW - kept - timedelta(seconds=1), "old", 2300)
    await _add(database, statement, NOW - kept, "young", 3)
    assert await prune(database, NOW) == {**dict.fromkeys(ROWS, 0), table: 2300}
    async with database.transaction() as connection:
        assert (await connection.execute(text(f"select count(*) from {table}"))).scalar_one() == 3
