"""Records as they stand in the outbox."""

from typing import Any

from shared.messaging.bus import Record


def record_of(row: Any) -> Record:
    """The record of a row of the outbox; `event_data`: of the journey event whose record it is."""
    data = row.payload if row.payload is not None else row.event_data or {}
    return Record(
        row.topic, row.key, row.dealer_id, row.record_id, row.type, row.source, row.occurred_at, data, row.event_id
    )
