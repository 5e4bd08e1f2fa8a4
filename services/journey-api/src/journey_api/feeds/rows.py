"""The numbered rows of the feeds: written after commit by one writer, read by everyone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic_core import to_json
from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import feed, feed_head
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
    """One record of a dealer's feed at its gap-free position; `type` is the last words of the record's type."""

    dealer_id: str
    position: int
    type: str
    data: Mapping[str, Any]


_NUMBER: Final = text(
    """
    insert into feed (dealer_id, stream, position, type, data)
    select :dealer_id, :stream, :after + place, type, cast(data as jsonb)
      from rows from (json_to_recordset(cast(cast(:rows as text) as json)) as (type text, data text))
      with ordinality as r(type, data, place)
    """
)
"""The data as text: within the rows it would be parsed twice."""


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
        rows = [{"type": record.type, "data": to_json(record.data).decode()} for record in group]
        place = {"dealer_id": dealer_id, "stream": stream, "after": last - len(group)}
        await connection.execute(_NUMBER, {**place, "rows": to_json(rows).decode()})
    await notify(connection, FEEDS)


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
    found = await connection.execute(
        select(feed.c.dealer_id, feed.c.position, feed.c.type, feed.c.data)
        .where(feed.c.stream == stream, after)
        .order_by(feed.c.dealer_id, feed.c.position)
        .limit(PAGE)
    )
    return [FeedRow(row.dealer_id, row.position, row.type, row.data) for row in found]
