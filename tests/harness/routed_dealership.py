"""A dealer whose events a worker routes, in as many transactions as a test wants."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Any, Final

from sqlalchemy import insert, select, text

from handoff_worker.routing.consumer import Worker
from harness.bus_records import journey_record
from harness.clocks import MovableClock
from harness.dealership import Dealership
from harness.names import EARLY_PROBLEM, EASY_ACCESS
from harness.published import record_of
from shared.db.engine import Database, record_key
from shared.db.schema import journey_case, journey_event, task
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


_ACCEPTED: Final = text(
    "select o.*, null as event_data from outbox o where type = 'handoff.task.accepted.v1' and key = :key order by seq"
)


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

    async def accept_all(self, customer_id: str) -> list[Record]:
        """Whoever is offered a task of the customer accepts it; answers the records that say so."""
        offered = select(task).where(task.c.dealer_id == self.dealer_id, task.c.customer_id == customer_id)
        for row in await self.rows(offered.where(task.c.offered_to.is_not(None)).order_by(task.c.task_id)):
            await self.act(row["task_id"], "accept", row["offered_to"])
        async with self.database.transaction() as connection:
            rows = await connection.execute(_ACCEPTED, {"key": record_key(self.dealer_id, customer_id)})
            return [record_of(row) for row in rows]

    async def reserve_case(self, case_id: str, customer_id: str) -> None:
        """Keep a name for a case as intake does when an event names it that is not routed yet."""
        row = {"dealer_id": self.dealer_id, "case_id": case_id, "customer_id": customer_id, "status": "reserved"}
        async with self.database.transaction() as connection:
            await connection.execute(insert(journey_case).values(row))

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
