"""Records as a reader of the outbox hands them over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self

from shared.db.prepared import Row
from shared.fast_dataclass import fast_dataclass


@fast_dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it lies in the outbox: like a `Record`, but its data still the text of a JSON object."""

    topic: str
    key: str
    dealer_id: str
    id: str
    type: str
    source: str
    time: datetime
    text: str
    event_id: str | None
    seq: int | None = None

    @classmethod
    def of(cls, row: Row) -> Self:
        """The record of a row of `DIFFERENCE` or `REMAINDER`."""
        return cls(
            row.topic,
            row.key,
            row.dealer_id,
            row.record_id,
            row.type,
            row.source,
            row.occurred_at,
            row.text,
            row.event_id,
            row.seq,
        )


@fast_dataclass(frozen=True, slots=True)
class StoredBatch:
    """Records in the order of their keys; `waited` is how long the oldest of them lay unread, in real time."""

    records: Sequence[StoredRecord] = ()
    waited: timedelta = timedelta(0)
