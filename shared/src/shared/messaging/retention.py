"""Forgetting what is past its time, in small batches. Ages are real time."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import text

from shared.clock import real_now
from shared.db.engine import Database
from shared.process.shutdown import pause
from shared.process.transient_errors import is_outage

RECORDS_KEPT: Final = timedelta(days=14)
"""Outbox and feeds."""
INBOX_KEPT: Final = timedelta(days=30)
"""Longer than the records, so that no record can come again after it was forgotten. Applied receipts too."""
ANSWERS_KEPT: Final = timedelta(hours=24)
"""Answers to requests with an `Idempotency-Key`."""
SESSIONS_KEPT: Final = timedelta(days=7)
"""Sessions of browsers, at the longest."""
TICKETS_KEPT: Final = timedelta(hours=12)
"""Tickets of feeds, at the longest."""

_BATCH: Final = 1000
_EVERY: Final = timedelta(minutes=10)

# a row of a feed refers to the outbox and is forgotten first;
# rows of the outbox are numbered in about the order of their age: the oldest are found without an index on it
_PRUNES: Final = {
    "feed": (
        RECORDS_KEPT,
        "delete from feed where ctid = any(array(select ctid from feed where wall_clock_at < :before limit :batch))",
    ),
    "outbox": (
        RECORDS_KEPT,
        "delete from outbox where seq in"
        " (select seq from (select seq, wall_clock_at from outbox order by seq limit :batch) oldest"
        " where wall_clock_at < :before)",
    ),
    "inbox": (
        INBOX_KEPT,
        "delete from inbox where ctid = any(array(select ctid from inbox where wall_clock_at < :before limit :batch))",
    ),
    "receipt": (
        INBOX_KEPT,
        "delete from receipt where ctid ="
        " any(array(select ctid from receipt where applied and wall_clock_at < :before limit :batch))",
    ),
    "idempotency": (
        ANSWERS_KEPT,
        "delete from idempotency where ctid ="
        " any(array(select ctid from idempotency where wall_clock_at < :before limit :batch))",
    ),
    "session": (
        SESSIONS_KEPT,
        "delete from session where ctid ="
        " any(array(select ctid from session where wall_clock_at < :before limit :batch))",
    ),
    "feed_ticket": (
        TICKETS_KEPT,
        "delete from feed_ticket where ctid ="
        " any(array(select ctid from feed_ticket where wall_clock_at < :before limit :batch))",
    ),
}

_log = structlog.get_logger()


async def prune(database: Database, now: datetime) -> Mapping[str, int]:
    """Delete what is older than it is kept at this real instant; answer how many rows of each table.

    Each batch of a thousand rows is a transaction of its own.
    """
    deleted = {}
    for table, (kept, statement) in _PRUNES.items():
        deleted[table] = 0
        batch = _BATCH
        while batch == _BATCH:
            async with database.transaction() as connection:
                values = {"before": now - kept, "batch": _BATCH}
                batch = (await connection.execute(text(statement), values)).rowcount
            deleted[table] += batch
    return deleted


async def keep_pruned(database: Database, stop: asyncio.Event) -> None:
    """Prune every ten real minutes until asked to stop."""
    while not stop.is_set():
        try:
            deleted = await prune(database, real_now())
            _log.info("pruned", **deleted)
        except Exception as error:
            if not is_outage(error):
                raise
            _log.warning("database_unavailable", error=type(error).__name__)
        await pause(stop, _EVERY)
