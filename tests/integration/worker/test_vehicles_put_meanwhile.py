"""A vehicle that is put while events speak of it for the first time."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from handoff_worker.routing.seen_vehicles import SeenVehicles, VehicleSighting
from harness.clocks import MovableClock
from harness.dealership import Dealership
from shared.db.engine import Database
from shared.db.schema import vehicle

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
