"""What a process keeps of the dealers it has read: the same as long as they read the same, never what was before."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from harness.clocks import MovableClock
from harness.dealership import Dealership
from shared.db.engine import Database
from shared.db.schema import dealer, staff
from shared.people.dealers import DealerRows, load_dealers, view_dealers
from shared.people.staff import directory

pytestmark = pytest.mark.database

PEOPLE = {"PS-1": {"roles": ["product_specialist"]}}
AWAY = {"roles": ["product_specialist"], "presence": "off", "name": "Away"}


@pytest.fixture
async def dealership(database: Database, clock: MovableClock) -> Dealership:
    """A dealer with one product specialist."""
    one = Dealership(database, clock)
    await one.open_dealer(PEOPLE)
    return one


async def test_what_reads_the_same_is_the_same(dealership: Dealership) -> None:
    assert await _read(dealership) is await _read(dealership)


@pytest.mark.parametrize(
    "change",
    [
        update(dealer).values(record={"name": "Porto", "time_zone": "Europe/Lisbon", "tables": {"case_idle_days": 3}}),
        update(dealer).values(version=7),
        update(staff).values(record=AWAY),
        update(staff).values(last_taken_at=datetime(2026, 9, 14, 8, tzinfo=UTC)),
    ],
    ids=["record", "version", "person", "taken"],
)
async def test_what_has_changed_is_read_anew(dealership: Dealership, change: Any) -> None:
    before = await _read(dealership)
    async with dealership.database.transaction() as connection:
        await connection.execute(change)
    assert await _read(dealership) is not before


async def test_views_and_people_follow_the_change(dealership: Dealership) -> None:
    now = dealership.clock()
    assert view_dealers({"x": await _read(dealership)}, now)["x"].available == {"product_specialist": 1}
    async with dealership.database.transaction() as connection:
        first = await directory(connection, dealership.dealer_id)
        first.load["PS-1"] += 5
        assert (await directory(connection, dealership.dealer_id)).load["PS-1"] == 0
        await connection.execute(update(staff).values(record=AWAY))
        assert (await directory(connection, dealership.dealer_id)).colleagues["PS-1"].name == "Away"
    assert view_dealers({"x": await _read(dealership)}, now)["x"].available == {"product_specialist": 0}


async def _read(dealership: Dealership) -> DealerRows:
    async with dealership.database.transaction() as connection:
        return (await load_dealers(connection, [dealership.dealer_id]))[dealership.dealer_id]
