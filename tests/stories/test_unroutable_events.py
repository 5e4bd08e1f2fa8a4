"""An event that cannot be routed is shown as dead; the customer's later events go on."""

import pytest
from sqlalchemy import text

from harness.bus_records import journey_record
from harness.names import REPAIR_VEHICLE
from harness.running_services import RunningServices

CUSTOMER = "C-7"
SEEN = {"customer_id": CUSTOMER, "observed_by": {"role": "service_advisor"}, "step": REPAIR_VEHICLE}


async def test_dead_with_its_reason(services: RunningServices) -> None:
    """The consume loop gives it up after three tries and tells the worker; a replay routes it after all."""
    await services.open_dealer()
    event_id = await services.post_event(**SEEN, topics=["repair"])
    (worker,) = [one for one in services.loops.consumers if one.name == "handoff-worker"]
    record = journey_record(event_id, "lisboa-01", CUSTOMER, services.clock())
    async with services.database.transaction() as connection:
        await connection.execute(text("delete from routing"))
        await connection.execute(text("update journey_event set data = data - 'observed_by'"))
    with pytest.raises(KeyError):
        async with services.database.transaction() as connection:
            await worker.handle(connection, [record])
    async with services.database.transaction() as connection:
        await worker.on_dead(connection, record, "KeyError: 'observed_by'")
    assert (await services.get(f"/v1/events/{event_id}"))["state"] == "dead"
    later = await services.post_event(**SEEN, topics=["repair"])
    assert (await services.get(f"/v1/events/{later}"))["state"] == "routed"
    async with services.database.transaction() as connection:
        mended = text("update journey_event set data = data || cast(:seen as jsonb) where event_id = :event_id")
        seen = '{"observed_by": {"role": "service_advisor"}}'
        await connection.execute(mended, {"seen": seen, "event_id": event_id})
        await worker.handle(connection, [record])
    assert (await services.get(f"/v1/events/{event_id}"))["state"] == "routed"
