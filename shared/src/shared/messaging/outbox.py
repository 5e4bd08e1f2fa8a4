"""Publishing: append records in the transaction that changes the state they tell of."""

from collections.abc import Sequence
from typing import Any, Final

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.messaging.bus import JOURNEY_STEP, Record

WAKE_UP: Final = "handoff_outbox"
"""The NOTIFY channel that hints at new records: of the topic and type in its payload, or of any without one.

Correctness needs no hint."""

_COLUMNS: Final = ("dealer_id", "topic", "key", "record_id", "type", "source", "occurred_at", "event_id", "payload")
_APPEND: Final = text(
    f"""
    with appended as (
      insert into outbox ({", ".join(_COLUMNS)})
      select dealer_id, topic, key, record_id, type, source, occurred_at, event_id, cast(payload as json)
        from rows from (
          json_to_recordset(cast(cast(:rows as text) as json)) as (
            dealer_id text, topic text, key text, record_id text, type text, source text, occurred_at timestamptz,
            event_id text, payload text
          )
        ) with ordinality as r({", ".join(_COLUMNS)}, position)
       order by position
    )
    select pg_notify(:channel, hint) from unnest(cast(:hints as text[])) hint
    """
)


async def append(connection: AsyncConnection, records: Sequence[Record]) -> None:
    """Publish these records, in this order, when the connection's transaction commits.

    Transactions that publish under the same key must hold its lock (`lock_keys`), else their order is not theirs.
    """
    if records:
        rows = [_row(record) for record in records]
        hints = sorted({hint_of(record.topic, record.type) for record in records})
        await connection.execute(_APPEND, {"channel": WAKE_UP, "rows": to_json(rows).decode(), "hints": hints})


def hint_of(topic: str, type: str) -> str:  # noqa: A002 - the CloudEvents attribute's own name
    """The payload that wakes the readers of a type of records."""
    return f"{topic} {type}"


def _row(record: Record) -> dict[str, Any]:
    return {
        "dealer_id": record.dealer_id,
        "topic": record.topic,
        "key": record.key,
        "record_id": record.id,
        "type": record.type,
        "source": record.source,
        "occurred_at": record.time,
        "event_id": record.event_id,
        "payload": _payload(record),
    }


def _payload(record: Record) -> str | None:
    """Nothing for a journey event, which its own row holds already."""
    return None if record.type == JOURNEY_STEP else to_json(record.data).decode()
