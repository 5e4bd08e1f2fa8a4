"""A customer's events in one batch leave what they leave one by one, each in a transaction of its own."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import insert

from handoff_worker.routing.consumer import Worker
from harness.bus_records import journey_record
from harness.clocks import MovableClock
from harness.dealer_rows import stored_rows
from harness.dealership import Dealership
from harness.names import CARE_FOR_VEHICLE, EARLY_PROBLEM, EASY_ACCESS, REPAIR_STATUS_CHANGED, REPAIR_VEHICLE
from harness.people import OFFICE_HOURS, ONE_IN_EVERY_ROLE
from shared.db.engine import Database
from shared.db.schema import journey_event
from shared.messaging.bus import Record
from shared.playbook.ruleset.loader import load_playbook

ADVISOR = {"role": "service_advisor", "staff_id": "S-service_advisor"}
SELLER = {"role": "salesperson", "staff_id": "S-salesperson"}
SERIOUS = "serious_vehicle_problem_reported"

Event = dict[str, Any]
"""What is said of an event: `customer`, `ago` in seconds, `intent`, and its data."""

PROBLEM: Event = {"step": EASY_ACCESS, "occurrences": [EARLY_PROBLEM], "topics": ["infotainment"], "channel": "message"}
REPAIR: Event = {"step": REPAIR_VEHICLE, "occurrences": [REPAIR_STATUS_CHANGED], "topics": ["repair"]}
CAR: Event = {"vehicle": {"vin": "SALWA2"}}
RUNS: dict[str, list[Event]] = {
    "the same again": [{"customer": "C-1", **PROBLEM, **CAR, "ago": 60 - n} for n in range(8)],
    "before what was routed, and after it": [
        {"customer": "C-1", **PROBLEM, "ago": -5},
        {"customer": "C-1", **PROBLEM, "ago": 7200, "signals": ["problem_resolved"]},
        {"customer": "C-1", **REPAIR, "ago": -10},
        {"customer": "C-1", **PROBLEM, "ago": 3600},
        {"customer": "C-1", "ago": 60, "sentiment": "negative"},
        {"customer": "C-1", "ago": 30, "signals": ["solution_proposed"]},
    ],
    "another vehicle, other topics": [
        {"customer": "C-1", **PROBLEM, "vehicle": {"vin": "V-1"}},
        {"customer": "C-2", **PROBLEM, "vehicle": {"vin": "V-1"}},
        {"customer": "C-1", **PROBLEM, "vehicle": {"vin": "V-2", "delivered_on": "2026-10-02"}},
        {"customer": "C-1", **REPAIR, "vehicle": {"vin": "V-1"}},
        {"customer": "C-1", "topics": ["financing"], "step": 9, "observed_by": SELLER},
        {"customer": "C-1", **PROBLEM, "vehicle": {"vin": "V-1", "delivered_on": "2026-11-02", "plate": "AA-00-BB"}},
        {"customer": "C-1", **PROBLEM, "vehicle": {"vin": "V-1"}},
        {"customer": "C-1", "step": CARE_FOR_VEHICLE, "topics": ["maintenance"]},
    ],
    "serious, solved, serious again": [
        {"customer": "C-1", "intent": "history", "observed_by": SELLER, "step": 12, **CAR, "ago": 9_000},
        {"customer": "C-1", "step": 18, "occurrences": [SERIOUS, "repair_order_opened"], **CAR, "ago": 90},
        {"customer": "C-1", "signals": ["problem_resolved"], **CAR, "ago": 60},
        {"customer": "C-1", "step": 18, "occurrences": [SERIOUS], **CAR, "ago": 30},
        {"customer": "C-1", "intent": "history", "step": 18, "occurrences": [SERIOUS], **CAR, "ago": 20},
        {"customer": "C-1", "signals": ["additional_work_found"], **CAR, "ago": 15},
        {"customer": "C-1", "signals": ["customer_authorisation_recorded"], **CAR, "ago": 10},
    ],
    "of nobody": [
        {"customer": None, "observed_by": SELLER, "occurrences": ["upsell_opportunity_identified"]},
        {"customer": None, "observed_by": SELLER, "occurrences": ["upsell_opportunity_identified"]},
        {"customer": None, "signals": ["season_started"]},
        {"customer": "C-1", **PROBLEM},
        {"customer": None, "signals": ["campaign_sent"]},
        {"customer": None, "signals": ["phone_ringing"]},
    ],
    "closed cases opened again": [
        {"customer": "C-8", **PROBLEM, "case_id": "K-8", "ago": 60},
        {"customer": "C-9", **REPAIR, "case_id": "K-9", "ago": -5},
        {"customer": "C-8", **REPAIR, "case_id": "K-8", "ago": 50},
        {"customer": "C-9", **PROBLEM, "case_id": "K-9", "ago": 86_400},
        {"customer": "C-8", **PROBLEM, "topics": ["infotainment"], "ago": 40},
        {"customer": "C-9", "signals": ["problem_resolved"], "ago": 5},
        {"customer": "C-8", "signals": ["problem_resolved"], "case_id": "K-8", "ago": 30},
    ],
    "many customers, several each": [
        {"customer": f"C-{n % 4}", **(PROBLEM, REPAIR, {"sentiment": "negative"})[(n // 4) % 3], **CAR, "ago": 99 - n}
        for n in range(24)
    ],
}
BEFORE: list[Event] = [
    {"customer": customer, **about, "case_id": case_id, "ago": 7_200}
    for customer, case_id in (("C-8", "K-8"), ("C-9", "K-9"))
    for about in (PROBLEM, REPAIR, {"occurrences": [SERIOUS], "step": 18})
]


class Routed(Dealership):
    """A dealer whose events a worker routes."""

    def __init__(self, database: Database, clock: MovableClock, dealer_id: str) -> None:
        super().__init__(database, clock, dealer_id=dealer_id)
        self._worker = Worker(load_playbook(), clock, asyncio.Event())
        self._numbers = count()

    async def begin(self) -> None:
        """Its people, its hours, and two customers whose cases were closed an hour ago."""
        await self.open_dealer(ONE_IN_EVERY_ROLE, calendars={"default": {"week": OFFICE_HOURS}})
        for record in await self.post(BEFORE):
            await self.route([record])
        await self.close_cases("S-client_experience_manager")

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


@pytest.mark.parametrize("run", RUNS)
async def test_what_is_left(database: Database, clock: MovableClock, run: str) -> None:
    """Tasks with their histories, cases, clocks, explanations and published records."""
    one_by_one, at_once = Routed(database, clock, "lisboa-01"), Routed(database, clock, "lisboa-02")
    await one_by_one.begin()
    await at_once.begin()
    clock.advance(timedelta(hours=1))
    for record in await one_by_one.post(RUNS[run]):
        await one_by_one.route([record])
    await at_once.route(await at_once.post(RUNS[run]))

    wanted, found = [await stored_rows(database, one.dealer_id) for one in (one_by_one, at_once)]
    assert [name for name in wanted if found.get(name) != wanted[name]] == []
    assert found.keys() == wanted.keys()
