"""Publishing: append records in the transaction that changes the state they tell of."""

from collections.abc import Sequence
from typing import Final

from pydantic_core import to_json
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
_SEPARATOR: Final = "\x1f"
_TEXTS: Final = ", ".join(f"string_to_table(:{name}, :separator, '')" for name in _COLUMNS)
_APPEND: Final = Write(
    f"""
    with appended as (
      insert into outbox ({", ".join(_COLUMNS)})
      select dealer_id, topic, key, record_id, type, source, cast(occurred_at as timestamptz), event_id,
             cast(payload as json)
        from rows from ({_TEXTS}) with ordinality as r({", ".join(_COLUMNS)}, position)
       order by position
    ), noted as (
      insert into moment_due ({_NOTED}) select {_NOTED} from {bulk_values("moment_due")}
    )
    select pg_notify(:channel, hint) from unnest(cast(:hints as text[])) hint
    """
)
"""The columns are texts joined by the unit separator, an empty one is null: arrays cost the driver three times that."""


async def append(connection: AsyncConnection, records: Sequence[Record], noted: Rows = ()) -> None:
    """Publish these records, in this order, when the connection's transaction commits; write rows of `moment_due`.

    Transactions that publish under the same key must hold its lock (`lock_keys`), else their order is not theirs.
    Raises ValueError for a record with a unit separator in its names.
    """
    if records:
        columns = map(_joined, zip(*map(_row, records), strict=True))
        hints = sorted({hint_of(record.topic, record.type) for record in records})
        told = {"rows": to_json(noted).decode(), "separator": _SEPARATOR, "channel": WAKE_UP, "hints": hints}
        await _APPEND.run(connection, {**dict(zip(_COLUMNS, columns, strict=True)), **told})


def hint_of(topic: str, type: str) -> str:  # noqa: A002 - the CloudEvents attribute's own name
    """The payload that wakes the readers of a type of records."""
    return f"{topic} {type}"


def _joined(texts: Sequence[str]) -> str:
    joined = _SEPARATOR.join(texts)
    if joined.count(_SEPARATOR) != len(texts) - 1:
        raise ValueError(f"a record names {next(text for text in texts if _SEPARATOR in text)!r}")
    return joined


def _row(record: Record) -> tuple[str, ...]:
    """The values of `_COLUMNS`."""
    return (
        record.dealer_id,
        record.topic,
        record.key,
        record.id,
        record.type,
        record.source,
        record.time.isoformat(),
        record.event_id or "",
        _payload(record),
    )


def _payload(record: Record) -> str:
    """Nothing for a journey event, which its own row holds already."""
    return "" if record.type == JOURNEY_STEP else to_json(record.data).decode()
