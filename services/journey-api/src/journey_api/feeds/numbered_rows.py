"""The numbered rows of the feeds: written after commit by one writer, read by everyone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic_core import to_json
from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import feed, feed_head
from shared.db.schema import outbox as outbox_rows
from shared.messaging.bus import Record
from shared.messaging.postgres.pg_notify import FEEDS, notify
from shared.vocabulary import SLA_TOPIC, TASKS_TOPIC

Stream = Literal["task", "sla"]
STREAM_OF_TOPIC: Mapping[str, Stream] = {TASKS_TOPIC: "task", SLA_TOPIC: "sla"}
PAGE = 500

_SHOWN: Mapping[Stream, Mapping[str, frozenset[str]]] = {
    "task": {
        "": frozenset({"type"}),
        "task": frozenset({"task_id", "titles", "locale", "why"}),
        "change": frozenset({"from_status", "before"}),
    },
    "sla": {"": frozenset({"due_at", "breached_at"})},
}
"""What readers look at, by its place in the data."""


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One record of a dealer's feed at its gap-free position; `type` is the last words of the record's type.

    `frames`: what clients are sent of it, made once for all who are sent the same.
    """

    dealer_id: str
    position: int
    type: str
    data: Mapping[str, Any]
    frames: dict[str, tuple[bytes, bytes]] = field(default_factory=dict, compare=False, repr=False)


_NUMBER: Final = text(
    """
    insert into feed (dealer_id, stream, position, type, seq, data, wall_clock_at)
    select :dealer_id, :stream, :after + place, r.type, r.seq, cast(r.data as json),
           coalesce(o.wall_clock_at, clock_timestamp())
      from rows from (json_to_recordset(cast(cast(:rows as text) as json)) as (type text, seq bigint, data text))
      with ordinality as r(type, seq, data, place)
      left join outbox o on o.seq = r.seq
    """
)


async def number_records(connection: AsyncConnection, records: Sequence[Record]) -> None:
    """Give each record the next position of its dealer and stream, in the order given.

    Raises ValueError for one that readers could not make out: it would stand in the way of all that follow it.
    """
    grouped: dict[tuple[str, Stream], list[Record]] = defaultdict(list)
    for record in records:
        _check(record)
        grouped[(record.dealer_id, STREAM_OF_TOPIC[record.topic])].append(record)
    for (dealer_id, stream), group in sorted(grouped.items()):
        last = await _reserve(connection, dealer_id, stream, len(group))
        rows = [_row(record) for record in group]
        place = {"dealer_id": dealer_id, "stream": stream, "after": last - len(group)}
        await connection.execute(_NUMBER, {**place, "rows": to_json(rows).decode()})
    await notify(connection, FEEDS)


def _row(record: Record) -> dict[str, Any]:
    """What the outbox holds is not stored twice; a dead letter that is handled again may be in it no more."""
    data = to_json(record.data).decode() if record.seq is None else None
    return {"type": record.type, "seq": record.seq, "data": data}


def _check(record: Record) -> None:
    for place, wanted in _SHOWN[STREAM_OF_TOPIC[record.topic]].items():
        part = record.data.get(place) if place else record.data
        missing = sorted(wanted - part.keys()) if isinstance(part, Mapping) else [place]
        if missing:
            raise ValueError(f"{record.type} without {missing[0]}")


async def _reserve(connection: AsyncConnection, dealer_id: str, stream: Stream, count: int) -> int:
    statement = insert(feed_head).values(dealer_id=dealer_id, stream=stream, position=count)
    statement = statement.on_conflict_do_update(
        index_elements=[feed_head.c.dealer_id, feed_head.c.stream],
        set_={"position": feed_head.c.position + statement.excluded.position},
    )
    return int((await connection.execute(statement.returning(feed_head.c.position))).scalar_one())


async def heads(connection: AsyncConnection, stream: Stream) -> dict[str, int]:
    """The newest position of every dealer this transaction may see."""
    found = await connection.execute(
        select(feed_head.c.dealer_id, feed_head.c.position).where(feed_head.c.stream == stream)
    )
    return {row.dealer_id: row.position for row in found}


async def oldest(connection: AsyncConnection, stream: Stream, dealers: Iterable[str]) -> dict[str, int]:
    """The oldest retained position of these dealers; a dealer without rows is absent."""
    found = await connection.execute(
        select(feed.c.dealer_id, func.min(feed.c.position))
        .where(feed.c.stream == stream, feed.c.dealer_id.in_(list(dealers)))
        .group_by(feed.c.dealer_id)
    )
    return {row[0]: row[1] for row in found}


async def rows_after(connection: AsyncConnection, stream: Stream, positions: Mapping[str, int]) -> list[FeedRow]:
    """Up to a page of rows after these positions, in order for each dealer."""
    if not positions:
        return []
    after = or_(*(and_(feed.c.dealer_id == d, feed.c.position > p) for d, p in positions.items()))
    data = func.coalesce(feed.c.data, outbox_rows.c.payload).label("data")
    found = await connection.execute(
        select(feed.c.dealer_id, feed.c.position, feed.c.type, data)
        .outerjoin(outbox_rows, outbox_rows.c.seq == feed.c.seq)
        .where(feed.c.stream == stream, after, data.is_not(None))
        .order_by(feed.c.dealer_id, feed.c.position)
        .limit(PAGE)
    )
    return [FeedRow(row.dealer_id, row.position, row.type, row.data) for row in found]
