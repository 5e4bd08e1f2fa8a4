"""A dealer whose events a worker routes, in as many transactions as a test wants."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Any, Final

from sqlalchemy import insert

from handoff_worker.routing.consumer import Worker
from harness.bus_records import journey_record
from harness.clocks import MovableClock
from harness.dealership import Dealership
from harness.names import EARLY_PROBLEM, EASY_ACCESS
from shared.db.engine import Database
from shared.db.schema import journey_event
from shared.messaging.bus import Record
from shared.playbook.ruleset.loader import load_playbook

Event = Mapping[str, Any]
"""What is said of an event: `customer`, `ago` in seconds, `intent`, and its data."""

ADVISOR: Final = {"role": "service_advisor", "staff_id": "S-service_advisor"}
PROBLEM: Final[Event] = {
    "step": EASY_ACCESS,
    "occurrences": [EARLY_PROBLEM],
    "topics": ["infotainment"],
    "channel": "message",
}


class RoutedDealership(Dealership):
    """A dealer whose events a worker routes."""

    def __init__(self, database: Database, clock: MovableClock, dealer_id: str) -> None:
        super().__init__(database, clock, dealer_id=dealer_id)
        self._worker = Worker(load_playbook(), clock, asyncio.Event())
        self._numbers = count()

    async def post(self, events: Sequence[Event]) -> list[Record]:
        """Store the events as intake does; answers their records."""
        rows = [self._row(event) for event in events]
        async with self.database.transaction() as connection:
            await connection.execute(insert(journey_event), rows)
        return [journey_record(row["event_id"], self.dealer_id, row["customer_id"], row["occurred_at"]) for row in rows]

    async def route(self, records: Sequence[Record]) -> None:
        """Let the worker handle them in one transaction."""
        async with self.database.transaction() as connection:
            await self._worker.handle(connection, records)

    def _row(self, event: Event) -> dict[str, Any]:
        said = {name: value for name, value in event.items() if name not in ("customer", "ago", "intent")}
        event_id = f"{self.dealer_id}-{next(self._numbers):03}"
        return {
            "event_id": event_id,
            "dealer_id": self.dealer_id,
            "source": "/dms",
            "id": event_id,
            "customer_id": event["customer"],
            "step": said.get("step"),
            "occurred_at": self.clock() - timedelta(seconds=event.get("ago", 0)),
            "received_at": self.clock(),
            "intent": event.get("intent", "live"),
            "data": {"dealer_id": self.dealer_id, "customer_id": event["customer"], "observed_by": ADVISOR, **said},
            "content_hash": b"-",
        }
