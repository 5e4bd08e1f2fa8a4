"""The records of a batch as they read once nobody else works on their customers, with the events they tell of."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.journey_events import StoredEvent, load_events
from shared.db.engine import MERGED_INTO, lock_keys
from shared.db.prepared import Prepared
from shared.messaging.bus import Record
from shared.people.merged_customers import lock_records
from shared.vocabulary import JOURNEY_TOPIC

_READ: Final = Prepared(
    f"""
    select {MERGED_INTO} as merged_into, e.event_id, e.dealer_id, e.customer_id, e.occurred_at, e.intent, e.data
      from unnest(cast(:keys as text[]), cast(:events as text[])) as r(k, event_id)
      left join journey_event e on e.event_id = r.event_id
    """
)
"""Behind `merged_into` the fields of `StoredEvent`, in their order."""


async def lock_and_read(
    connection: AsyncConnection, records: Sequence[Record]
) -> tuple[list[Record], dict[str, StoredEvent]]:
    """Take the locks of the records' keys; answers what `lock_records` does, and by id the events of the journey.

    Raises LookupError for a record of the journey whose event is not there.
    """
    await lock_keys(connection, [record.key for record in records])
    # a statement of its own: one that waits for a lock sees what was before
    told = [_event_of(record) for record in records]
    rows = await _READ.rows(connection, {"keys": [record.key for record in records], "events": told})
    wanted = {event_id for event_id in told if event_id is not None}
    if any(row.merged_into for row in rows):
        records = await lock_records(connection, records)
        events = await load_events(connection, wanted)
    else:
        events = {row.event_id: StoredEvent(*row[1:]) for row in rows if row.event_id is not None}
    missing = sorted(wanted - events.keys())
    if missing:
        raise LookupError(f"no event {missing[0]}")
    return list(records), events


def _event_of(record: Record) -> str | None:
    return (record.event_id or "") if record.topic == JOURNEY_TOPIC else None
