"""The numbered rows of the feeds: written after commit by one writer, read by everyone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic_core import to_json
from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.prepared import Prepared
from shared.db.schema import feed, feed_head
from shared.db.schema import outbox as outbox_rows
from shared.messaging.bus import Record
from shared.messaging.postgres.pg_notify import FEEDS
from shared.vocabulary import SLA_TOPIC, TASKS_TOPIC

Stream = Literal["task", "sla"]
Heads = dict[Stream, dict[str, int]]
"""The newest position of dealers, by stream."""
STREAM_OF_TOPIC: Mapping[str, Stream] = {TASKS_TOPIC: "task", SLA_TOPIC: "sla"}
PAGE = 500
_BETWEEN: Final = "\x1f"
EVERYBODY: Final = ""
"""The notification that names no dealer."""
_LONGEST_HINT: Final = 7_900
"""Bytes; a notification holds fewer than 8,000."""
_FIELDS: Final = 3
"""Of each head in a notification: dealer, stream, position."""

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


_NUMBER: Final = Prepared(
    """
    with given as (
      select *, row_number() over (partition by dealer_id, stream order by place) as nth
        from rows from (
          json_to_recordset(cast(cast(:rows as text) as json))
          as (dealer_id text, stream text, type text, seq bigint, data text)
        ) with ordinality as r(dealer_id, stream, type, seq, data, place)
    ), head as (
      insert into feed_head (dealer_id, stream, position)
      select dealer_id, stream, count(*) from given group by dealer_id, stream order by dealer_id, stream
      on conflict (dealer_id, stream) do update set position = feed_head.position + excluded.position
      returning dealer_id, stream, position
    ), numbered as (
      insert into feed (dealer_id, stream, position, type, seq, data, wall_clock_at)
      select g.dealer_id, g.stream, h.position - count(*) over (partition by g.dealer_id, g.stream) + g.nth,
             g.type, g.seq, cast(g.data as json), coalesce(o.wall_clock_at, clock_timestamp())
        from given g join head h using (dealer_id, stream) left join outbox o on o.seq = g.seq
    )
    select pg_notify(:channel, case when octet_length(hint) <= :longest then hint else '' end)
      from (
        select string_agg(concat_ws(:between, dealer_id, stream, position), :between order by dealer_id, stream) as hint
          from head
      ) as told
    """
)
"""A head is moved on by as many as come, and answers where it then stands: at the last of them."""


async def number_records(connection: AsyncConnection, records: Sequence[Record]) -> None:
    """Give each record the next position of its dealer and stream, in the order given, and wake who follows.

    Raises ValueError for one that readers could not make out: it would stand in the way of all that follow it.
    """
    for record in records:
        _check(record)
    rows = to_json([*map(_row, records)]).decode()
    told = {"channel": FEEDS, "between": _BETWEEN, "longest": _LONGEST_HINT}
    await _NUMBER.rows(connection, {"rows": rows, **told})


def heads_told(hints: Iterable[str]) -> Heads | None:
    """The newest positions that these notifications tell of; None where others may have grown too."""
    found: Heads = {stream: {} for stream in STREAM_OF_TOPIC.values()}
    for hint in hints:
        fields = hint.split(_BETWEEN)
        if len(fields) % _FIELDS:
            return None
        for dealer_id, stream, position in zip(*[iter(fields)] * _FIELDS, strict=True):
            if stream not in found or not position.isdecimal():
                return None
            positions = found[stream]
            positions[dealer_id] = max(int(position), positions.get(dealer_id, 0))
    return found if any(found.values()) else None


def _row(record: Record) -> dict[str, Any]:
    """What the outbox holds is not stored twice; a dead letter that is handled again may be in it no more."""
    data = to_json(record.data).decode() if record.seq is None else None
    return {
        "dealer_id": record.dealer_id,
        "stream": STREAM_OF_TOPIC[record.topic],
        "type": record.type,
        "seq": record.seq,
        "data": data,
    }


def _check(record: Record) -> None:
    for place, wanted in _SHOWN[STREAM_OF_TOPIC[record.topic]].items():
        part = record.data.get(place) if place else record.data
        missing = sorted(wanted - part.keys()) if isinstance(part, Mapping) else [place]
        if missing:
            raise ValueError(f"{record.type} without {missing[0]}")


_HEADS: Final = Prepared(select(feed_head))


async def heads(connection: AsyncConnection, stream: Stream) -> dict[str, int]:
    """The newest position of every dealer this transaction may see."""
    found = await connection.execute(
        select(feed_head.c.dealer_id, feed_head.c.position).where(feed_head.c.stream == stream)
    )
    return {row.dealer_id: row.position for row in found}


async def heads_by_stream(connection: AsyncConnection) -> Heads:
    """The same of each stream."""
    found: Heads = {stream: {} for stream in STREAM_OF_TOPIC.values()}
    for row in await _HEADS.rows(connection):
        found[row.stream][row.dealer_id] = row.position
    return found


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
