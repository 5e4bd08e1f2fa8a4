"""The journey events that time rules make, stored and published like those of callers."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import insert_new
from shared.db.engine import record_key
from shared.db.schema import journey_event
from shared.ids import new_id
from shared.messaging import outbox
from shared.messaging.bus import JOURNEY_STEP, Record, source_of
from shared.vocabulary import JOURNEY_TOPIC

SOURCE: Final = "/handoff/timers"
"""The source of every event a time rule makes (timers 5.7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggeredEvent:
    """What a time rule says happened: as `observer` would have seen it, at `step`, for the case if it names one.

    `rule`, `subject_id` and `cycle` are its id, so that the same trigger of a rule happens once; `part` tells the
    events of one trigger apart. `vehicle` and `facts` are those of an event's data.
    """

    dealer_id: str
    rule: str
    subject_id: str
    cycle: int
    occurrence: str
    observer: str
    step: int | None = None
    customer_id: str | None = None
    case_id: str | None = None
    vehicle: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] | None = None
    part: str = ""

    @property
    def id(self) -> str:
        """The event's id, one for a trigger of the rule."""
        return ":".join(filter(None, (self.rule, self.subject_id, str(self.cycle), self.part)))

    def data(self) -> dict[str, Any]:
        """The data of the event; nothing in it is null."""
        given = {
            "dealer_id": self.dealer_id,
            "customer_id": self.customer_id,
            "step": self.step,
            "intent": "live",
            "occurrences": [self.occurrence],
            "observed_by": {"role": self.observer},
            "case_id": self.case_id,
            "vehicle": self.vehicle or None,
            "facts": self.facts or None,
        }
        return {name: value for name, value in given.items() if value is not None}


async def make_events(connection: AsyncConnection, events: Sequence[TriggeredEvent], now: datetime) -> int:
    """Store and publish the events of those triggers that have not happened yet; answers how many there were.

    The caller holds the locks of their keys.
    """
    rows = await insert_new(connection, journey_event, [_row(one, now) for one in events])
    await outbox.append(
        connection, [_record(row["dealer_id"], row["customer_id"], row["event_id"], now) for row in rows]
    )
    return len(rows)


def _row(event: TriggeredEvent, now: datetime) -> dict[str, Any]:
    data = event.data()
    return {
        "event_id": new_id(),
        "dealer_id": event.dealer_id,
        "source": SOURCE,
        "id": event.id,
        "customer_id": event.customer_id,
        "step": event.step,
        "occurred_at": now,
        "received_at": now,
        "intent": "live",
        "data": data,
        "extensions": {},
        "content_hash": f"\\x{hashlib.sha256(to_json(data)).hexdigest()}",
    }


def _record(dealer_id: str, customer_id: str | None, event_id: str, now: datetime) -> Record:
    key = record_key(dealer_id, customer_id)
    return Record(JOURNEY_TOPIC, key, dealer_id, event_id, JOURNEY_STEP, source_of(dealer_id), now, {}, event_id)
