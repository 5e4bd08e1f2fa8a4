"""How far a reader of the outbox is behind, as the tables say: whatever became of its process."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import consumer_position
from shared.messaging.postgres.consumer_offset import NOTHING_SEEN, Position, snapshot_end, snapshot_running
from shared.messaging.postgres.statements import WANTED

_UNREAD: Final = text(
    f"""
    with later as (
      select * from outbox where xid >= cast(cast(:seen_end as text) as xid8)
      union all
      select * from outbox where xid = any(cast(cast(:seen_running as text[]) as xid8[]))
    )
    select count(*) as count, min(wall_clock_at) as oldest from later as o
     where {WANTED}
       and not (seq <= :after and pg_visible_in_snapshot(xid, cast(cast(:target as text) as pg_snapshot)))
       and (select i.id from inbox i
             where i.consumer = :consumer and i.source = o.source and i.id = o.record_id) is null
    """
)
"""Each part is found by the index on `xid`, and each record's inbox row by its key: neither table is read whole."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Records that a reader has not handled; `oldest` in real time, None where there is none."""

    count: int
    oldest: datetime | None

    def age(self, real: datetime) -> float:
        """Seconds since the oldest was published."""
        return max((real - self.oldest).total_seconds(), 0.0) if self.oldest else 0.0


async def measure_backlog(
    connection: AsyncConnection, consumer: str, topics: Collection[str], types: Collection[str]
) -> Backlog:
    """What a consumer of these topics and types has before it; all that is kept where it has never read.

    Of every dealer the transaction sees. What it reads and makes nothing of counts until its position is stored, some
    seconds later.
    """
    stored = await connection.scalar(
        select(consumer_position.c.snapshot).where(consumer_position.c.consumer == consumer)
    )
    place = Position.parse(stored or NOTHING_SEEN)
    values = {
        "consumer": consumer,
        "seen_end": str(snapshot_end(place.seen)),
        "seen_running": snapshot_running(place.seen),
        "topics": sorted(topics),
        "types": sorted(types),
        "after": place.after,
        "target": place.target or NOTHING_SEEN,
    }
    row = (await connection.execute(_UNREAD, values)).one()
    return Backlog(row[0], row[1])
