"""Publishing: append records in the transaction that changes the state they tell of."""

from collections.abc import Sequence
from typing import Final

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.messaging.bus import Record
from shared.vocabulary import JOURNEY_TOPIC

WAKE_UP: Final = "handoff_outbox"
"""The NOTIFY channel that hints at new records, of the topic in its payload or of any. Correctness needs no hint."""

_APPEND = text(
    """
    with appended as (
      insert into outbox (dealer_id, topic, key, record_id, type, source, occurred_at, event_id, payload)
      select dealer_id, topic, key, record_id, type, source, occurred_at, event_id, cast(payload as jsonb)
        from unnest(
          cast(:dealer_id as text[]), cast(:topic as text[]), cast(:key as text[]), cast(:record_id as text[]),
          cast(:type as text[]), cast(:source as text[]), cast(:occurred_at as timestamptz[]),
          cast(:event_id as text[]), cast(:payload as text[])
        ) with ordinality
          as r(dealer_id, topic, key, record_id, type, source, occurred_at, event_id, payload, position)
       order by position
    )
    select pg_notify(:channel, '')
    """
)


async def append(connection: AsyncConnection, records: Sequence[Record]) -> None:
    """Publish these records, in this order, when the connection's transaction commits.

    Transactions that publish under the same key must hold its lock (`lock_keys`), else their order is not theirs.
    """
    if not records:
        return
    columns = {
        "dealer_id": [record.dealer_id for record in records],
        "topic": [record.topic for record in records],
        "key": [record.key for record in records],
        "record_id": [record.id for record in records],
        "type": [record.type for record in records],
        "source": [record.source for record in records],
        "occurred_at": [record.time for record in records],
        "event_id": [record.event_id for record in records],
        "payload": [_payload(record) for record in records],
    }
    await connection.execute(_APPEND, {"channel": WAKE_UP, **columns})


def _payload(record: Record) -> str | None:
    """Nothing for a journey event, which its own row holds already."""
    return None if record.topic == JOURNEY_TOPIC else to_json(record.data).decode()
