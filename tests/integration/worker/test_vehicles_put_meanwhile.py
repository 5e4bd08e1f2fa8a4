"""A vehicle that is put while events speak of it for the first time."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from handoff_worker.routing.seen_vehicles import SeenVehicles, VehicleSighting
from harness.clocks import MovableClock
from harness.dealership import Dealership
from shared.db.engine import Database
from shared.db.schema import timer_due, vehicle
from shared.sla.store.policies import load_policies
from shared.sla.store.trigger_rows import Placed, place_triggers
from shared.sla.triggers.scheduled_triggers import triggers_of

pytestmark = pytest.mark.database


async def test_what_was_put_stays(database: Database, clock: MovableClock) -> None:
    dealer = Dealership(database, clock)
    sighting = VehicleSighting(dealer.dealer_id, "SALWA2", "C-1", {"plate": "AA-00-BB"}, live=False)
    async with database.transaction() as connection:
        seen = SeenVehicles(connection)
        await seen.read([sighting])
        put = {"model": "Velar", "plate": "ZZ-99-ZZ", "customer_id": None}
        await dealer.insert(vehicle, {"vin": "SALWA2", "vin_key": "SALWA2", "record": put})
        seen.fill([sighting])
        await seen.write({}, clock())
        seen.fill([replace(sighting, fields={"registered_on": "2026-11-02"})])
        await seen.write({}, clock())
    (row,) = await dealer.rows(select(vehicle.c.record, vehicle.c.version))
    found = {"customer_id": "C-1", "registered_on": "2026-11-02"}
    assert row["record"] == {"model": "Velar", "plate": "ZZ-99-ZZ"} | found
    assert row["version"] == 3


async def test_what_was_scheduled_stays(database: Database, clock: MovableClock) -> None:
    """The event knows of another date than who put the vehicle; both are scheduled."""
    dealer = Dealership(database, clock)
    await dealer.open_dealer()
    sighting = VehicleSighting(dealer.dealer_id, "SALWA2", "C-1", {"registered_on": "2026-11-02"})
    async with database.transaction() as connection:
        policies = await load_policies(connection, [dealer.dealer_id])
        seen = SeenVehicles(connection)
        await seen.read([sighting])
        put = {"next_service_on": "2027-03-01", "customer_id": "C-1"}
        await dealer.insert(vehicle, {"vin": "SALWA2", "vin_key": "SALWA2", "record": put})
        dates = triggers_of("vehicle", put, policies[dealer.dealer_id], clock())
        placed = Placed(dealer.dealer_id, "SALWA2", "C-1", list(dates.values()))
        await place_triggers(connection, [placed], dates, clock())
        seen.fill([sighting])
        await seen.write(policies, clock())
    rows = await dealer.rows(select(timer_due.c.threshold).where(timer_due.c.subject_id == "SALWA2"))
    assert dates
    assert {row["threshold"] for row in rows} == {*dates, "T-12", "T-14"}
