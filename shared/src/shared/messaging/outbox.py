"""Publishing: append records in the transaction that changes the state they tell of."""

from collections.abc import Sequence
from typing import Final

from pydantic_core import to_json
from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import Rows, bulk_values
from shared.db.schema import moment_due
from shared.db.write_group import Write
from shared.messaging.bus import JOURNEY_STEP, Record

WAKE_UP: Final = "handoff_outbox"
"""The NOTIFY channel that hints at new records: of the topic and type in its payload, or of any without one.

Correctness needs no hint."""

_COLUMNS: Final = ("dealer_id", "topic", "key", "record_id", "type", "source", "occurred_at", "event_id", "payload")
_NOTED: Final = ", ".join(column.name for column in moment_due.c if column.identity is None)
_APPEND: Final = Write(
    text(
        f"""
    with appended as (
      insert into outbox ({", ".join(_COLUMNS)})
      select dealer_id, topic, key, record_id, type, source, cast(occurred_at as timestamptz), event_id,
             cast(payload as json)
        from unnest({", ".join(f":{name}" for name in _COLUMNS)}) with ordinality as r({", ".join(_COLUMNS)}, position)
       order by position
    ), noted as (
      insert into moment_due ({_NOTED}) select {_NOTED} from {bulk_values("moment_due")}
    )
    select pg_notify(:channel, hint) from unnest(cast(:hints as text[])) hint
    """
    ).bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in _COLUMNS))
)
"""All are texts: of other arrays the driver asks the catalog, on each connection."""


async def append(connection: AsyncConnection, records: Sequence[Record], noted: Rows = ()) -> None:
    """Publish these records, in this order, when the connection's transaction commits; write rows of `moment_due`.

    Transactions that publish under the same key must hold its lock (`lock_keys`), else their order is not theirs.
    """
    if records:
        columns = dict(zip(_COLUMNS, map(list, zip(*map(_row, records), strict=True)), strict=True))
        hints = sorted({hint_of(record.topic, record.type) for record in records})
        rows = to_json(noted).decode()
        await _APPEND.run(connection, {**columns, "rows": rows, "channel": WAKE_UP, "hints": hints})


def hint_of(topic: str, type: str) -> str:  # noqa: A002 - the CloudEvents attribute's own name
    """The payload that wakes the readers of a type of records."""
    return f"{topic} {type}"


def _row(record: Record) -> tuple[str | None, ...]:
    """The values of `_COLUMNS`."""
    return (
        record.dealer_id,
        record.topic,
        record.key,
        record.id,
        record.type,
        record.source,
        record.time.isoformat(),
        record.event_id,
        _payload(record),
    )


def _payload(record: Record) -> str | None:
    """Nothing for a journey event, which its own row holds already."""
    return None if record.type == JOURNEY_STEP else to_json(record.data).decode()
