"""Publishing: append records in the transaction that changes the state they tell of."""

from collections.abc import Sequence
from typing import Final

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import Rows, bulk_values
from shared.db.schema import moment_due
from shared.db.write_group import Write
from shared.ids import new_id
from shared.messaging.bus import JOURNEY_STEP, Record

WAKE_UP: Final = "handoff_outbox"
"""The NOTIFY channel that hints at new records: of the topic and type in its payload, or of any without one.

Correctness needs no hint."""

_NAMES: Final = ("dealer_id", "topic", "key", "record_id", "type", "source")
_COLUMNS: Final = (*_NAMES, "occurred_at", "event_id", "payload")
_NOTED: Final = ", ".join(column.name for column in moment_due.c if column.identity is None)
_TEXTS: Final = ", ".join(f"string_to_table(:{name}, :separator, '')" for name in _COLUMNS)
_APPEND: Final = Write(
    f"""
    with appended as (
      insert into outbox ({", ".join(_COLUMNS)})
      select {", ".join(f"coalesce({name}, '')" for name in _NAMES)},
             cast(occurred_at as timestamptz), event_id, cast(payload as json)
        from rows from ({_TEXTS}) with ordinality as r({", ".join(_COLUMNS)}, position)
       order by position
    ), noted as (
      insert into moment_due ({_NOTED}) select {_NOTED} from {bulk_values("moment_due")}
    )
    select pg_notify(:channel, hint) from unnest(cast(:hints as text[])) hint
    """
)
"""The columns are joined texts, and nothing is between separators: arrays cost the driver three times that."""


async def append(connection: AsyncConnection, records: Sequence[Record], noted: Rows = ()) -> None:
    """Publish these records, in this order, when the connection's transaction commits; write rows of `moment_due`.

    Transactions that publish under the same key must hold its lock (`lock_keys`), else their order is not theirs.
    """
    if records:
        hints = sorted({hint_of(record.topic, record.type) for record in records})
        told = {"rows": to_json(noted).decode(), "channel": WAKE_UP, "hints": hints}
        await _APPEND.run(connection, {**_joined(list(map(_row, records))), **told})


def hint_of(topic: str, type: str) -> str:  # noqa: A002 - the CloudEvents attribute's own name
    """The payload that wakes the readers of a type of records."""
    return f"{topic} {type}"


def _joined(rows: Sequence[Sequence[str]], separator: str = "\x1f") -> dict[str, str]:
    """The columns, and what is between their values: the unit separator, unless the name of a record holds it."""
    columns = list(map(separator.join, zip(*rows, strict=True)))
    if any(column.count(separator) >= len(rows) for column in columns):
        return _joined(rows, new_id())
    return {**dict(zip(_COLUMNS, columns, strict=True)), "separator": separator}


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
