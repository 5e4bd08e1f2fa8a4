"""A vehicle that is put while the worker stores it as an event's: neither waits for the other across."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from harness.clocks import MovableClock
from harness.people import OFFICE_HOURS, ONE_IN_EVERY_ROLE
from harness.routed_dealership import PROBLEM, RoutedDealership
from journey_api.reference import schedule
from shared.db.engine import Database

pytestmark = pytest.mark.database

_WAITS = text("select true from pg_sleep(0.01), pg_locks where locktype = 'transactionid' and not granted")
VIN, REGISTERED = "SALWA2", {"registered_on": "2026-11-02"}


async def test_both_are_stored_at_once(
    database: Database, clock: MovableClock, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = RoutedDealership(database, clock, "lisboa-01")
    await one.open_dealer(ONE_IN_EVERY_ROLE, calendars={"default": {"week": OFFICE_HOURS}})
    await one.route(await one.post([{"customer": "C-1", **PROBLEM}]))
    records = await one.post([{"customer": "C-1", **PROBLEM, "vehicle": {"vin": VIN, **REGISTERED}}])
    place, routing = schedule.place_triggers, list[asyncio.Task[None]]()

    async def place_later(*given: Any) -> None:
        routing.append(asyncio.create_task(one.route(records)))
        async with asyncio.timeout(10), database.transaction() as connection:
            waits = False
            while not waits:
                waits = bool(await connection.scalar(_WAITS))
        await place(*given)

    monkeypatch.setattr(schedule, "place_triggers", place_later)
    put = await admin.put(f"/v1/dealers/lisboa-01/vehicles/{VIN}", json={"customer_id": "C-1", **REGISTERED})
    assert put.status_code == 201
    for task in routing:
        await task
