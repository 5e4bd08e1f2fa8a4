"""What a batch of events costs in statements: as many for ten events as for a hundred, of whomever they are."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Protocol

import pytest
from sqlalchemy import insert

from handoff_worker.routing.consumer import Worker
from harness.bus_records import journey_record
from harness.statement_count import statements
from shared.db.engine import Database
from shared.db.schema import dealer, journey_event, staff
from shared.ids import new_id
from shared.messaging.bus import Record
from shared.playbook.ruleset.loader import load_playbook

DEALER = "lisboa-01"
OF_NEW_CUSTOMERS = 10
AT_MOST = 14
"""For customers with open cases, whose tasks and clocks are read too."""


class Now(Protocol):
    """A domain clock."""

    def __call__(self) -> datetime:
        """The present instant."""
        ...


@pytest.fixture
async def worker(database: Database, clock: Now) -> Worker:
    """The worker of a dealer with one product specialist."""
    times = {"version": 1, "created_at": clock(), "updated_at": clock()}
    person = {"name": "P", "roles": ["product_specialist"], "capacity": 10_000}
    async with database.transaction() as connection:
        record = {"name": "Lisboa", "time_zone": "Europe/Lisbon"}
        await connection.execute(insert(dealer).values(dealer_id=DEALER, record=record, **times))
        await connection.execute(insert(staff).values(dealer_id=DEALER, staff_id="S-1", record=person, **times))
    return Worker(load_playbook(), clock, asyncio.Event())


async def _accepted(database: Database, customers: Iterable[int], at: datetime) -> list[Record]:
    """An event of each customer, stored as intake stores them, with their records."""
    rows = [_row(f"C-{number}", f"VIN-{number}", at) for number in customers]
    async with database.transaction() as connection:
        await connection.execute(insert(journey_event), [{**row, "content_hash": b"-"} for row in rows])
    return [journey_record(row["event_id"], DEALER, row["customer_id"], at) for row in rows]


def _row(customer_id: str, vin: str, at: datetime) -> dict[str, Any]:
    data = {
        "dealer_id": DEALER,
        "customer_id": customer_id,
        "observed_by": {"role": "service_advisor"},
        "topics": ["infotainment"],
        "vehicle": {"vin": vin, "delivered_on": "2026-10-02"},
    }
    names = {"event_id": new_id(), "dealer_id": DEALER, "source": "/dms", "id": new_id(), "customer_id": customer_id}
    return {**names, "occurred_at": at, "received_at": at, "intent": "live", "data": data, "extensions": {}}


async def _statements(database: Database, worker: Worker, records: list[Record]) -> int:
    async with database.transaction() as connection:
        with statements(database) as sent:
            await worker.handle(connection, records)
    return len(sent)


async def test_first_events_of_customers(database: Database, worker: Worker, clock: Now) -> None:
    """Cases begin, tasks are made and offered, clocks start."""
    await _statements(database, worker, await _accepted(database, range(300, 301), clock()))
    few = await _statements(database, worker, await _accepted(database, range(10), clock()))
    many = await _statements(database, worker, await _accepted(database, range(100, 200), clock()))

    assert many == few <= OF_NEW_CUSTOMERS


async def test_later_events_of_customers(database: Database, worker: Worker, clock: Now) -> None:
    """Cases go on, and what fires joins the tasks that are open."""
    before = clock() - timedelta(minutes=5)
    await _statements(database, worker, await _accepted(database, range(110), before))
    few = await _statements(database, worker, await _accepted(database, range(10), clock()))
    many = await _statements(database, worker, await _accepted(database, range(10, 110), clock()))

    assert many == few <= AT_MOST


async def test_late_events_of_customers(database: Database, worker: Worker, clock: Now) -> None:
    """What happened before the tasks were made is told late: the clocks of the cases are told anew."""
    before = clock() - timedelta(minutes=5)
    await _statements(database, worker, await _accepted(database, range(110), before))
    few = await _statements(database, worker, await _accepted(database, range(10), before))
    many = await _statements(database, worker, await _accepted(database, range(10, 110), before))

    assert many == few <= AT_MOST + 5


async def test_many_events_of_one_customer(database: Database, worker: Worker, clock: Now) -> None:
    """They are routed one after the other, each in the light of those before, and read and stored together."""
    await _statements(database, worker, await _accepted(database, [1, 2], clock()))
    few = await _statements(database, worker, await _accepted(database, [1] * 10, clock()))
    many = await _statements(database, worker, await _accepted(database, [2] * 100, clock()))

    assert many == few <= AT_MOST


async def test_many_late_events_of_one_customer(database: Database, worker: Worker, clock: Now) -> None:
    """Each has the clocks of the case told anew; what happened before is read once."""
    before = clock() - timedelta(minutes=5)
    await _statements(database, worker, await _accepted(database, [1, 2], before))
    few = await _statements(database, worker, await _accepted(database, [1] * 10, before))
    many = await _statements(database, worker, await _accepted(database, [2] * 100, before))

    assert many == few <= AT_MOST + 5
