"""Events that write a VIN each in its own way speak of one vehicle, and of one matter."""

import pytest
from sqlalchemy import select

from harness.stepped_services import SteppedServices
from shared.db.schema import journey_case, vehicle

pytestmark = pytest.mark.database


@pytest.mark.parametrize(
    "spellings",
    [
        ("WVWZZZ1JZXW000009", "wvwzzz1jzxw000009", " WVWZZZ1JZXW000009 "),
        ("salwa2bc123", "SAL-WA2-BC-123", "SAL WA2 BC 123"),
        ("JTDKB20U\u2011093456789", "jtdkb20u093456789", "JTDKB20U 0934 56789"),
    ],
)
@pytest.mark.parametrize("together", [True, False])
async def test_one_vehicle_and_one_case(services: SteppedServices, spellings: tuple[str, ...], together: bool) -> None:
    await services.open_dealer()
    await services.add_customer()
    for number, vin in enumerate(spellings):
        await services.post_infotainment_message(
            vehicle={"vin": vin, "plate": ["AA-00-BB", "aa00bb", "AA 00 BB"][number]}
        )
        if not together:
            await services.route()
    await services.route()
    (kept,) = await services.rows(select(vehicle))
    assert (kept["vin"], kept["record"]["plate"], kept["record"]["customer_id"]) == (spellings[0], "AA-00-BB", "C-1")
    (case,) = await services.rows(select(journey_case))
    assert (case["vehicle"]["vin"], case["vehicle"]["plate"]) == (spellings[0], "AA-00-BB")


async def test_the_vehicles_delivery_counts_however_it_is_written(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    record = {"delivered_on": "2020-01-01"}
    await services.insert(vehicle, {"vin": "SAL-1", "vin_key": "SAL1", "record": record})
    await services.post_infotainment_message(vehicle={"vin": "sal 1", "delivered_on": "2026-11-01"})
    await services.route()
    (kept,) = await services.rows(select(vehicle))
    assert (kept["vin"], kept["record"]) == ("SAL-1", {**record, "customer_id": "C-1"})
