"""What a mail server says of a recipient in the dialogue counts at once, and once."""

import pytest
from sqlalchemy import select

from harness.dealership import DEALER
from harness.gateway_services import NUMBER, GatewayServices
from harness.names import CARE_FOR_VEHICLE, REPAIR_STATUS_CHANGED
from shared.db.schema import suppression

pytestmark = pytest.mark.database
ANA = "ana@example.pt"
BOTH = [
    {"kind": "email", "address": ANA, "verified": True},
    {"kind": "sms", "address": NUMBER, "verified": True},
]


@pytest.fixture
def services(services_with_gateways: GatewayServices) -> GatewayServices:
    """With SMS and WhatsApp."""
    return services_with_gateways


@pytest.mark.parametrize(
    "refusal",
    [
        "550 5.1.1 no such user",
        "550 5.1.10 recipient address has a null MX",
        "550 5.2.1 mailbox disabled",
        "553 5.1.3 bad destination syntax",
        "550-5.1.6 moved\r\n550 5.1.6 for good",
        "550 #5.1.2 bad domain",
        "554 5.4.4 unable to route",
    ],
)
async def test_nobody_there_closes_the_address_once_and_the_next_channel_is_tried(
    services: GatewayServices, refusal: str
) -> None:
    services.mail.refusals[ANA] = refusal
    await services.open_dealer()
    await services.add_customer(channels=BOTH)
    for number in range(3):
        await services.post_event(
            step=CARE_FOR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"], vehicle={"vin": f"V{number}"}
        )
        await services.settle()
    assert services.mail.refused == [ANA]
    statuses = await services.statuses("STATUS")
    assert [channel for channel, _ in statuses] == ["email", "sms", "sms", "sms"]
    rows = await services.rows(select(suppression.c.dealer_id, suppression.c.channel, suppression.c.reason))
    assert [tuple(row.values()) for row in rows] == [(DEALER, "email", "bounce")]


@pytest.mark.parametrize(
    "refusal",
    [
        "550 5.7.1 message refused by policy",
        "550 5.7.26 unauthenticated",
        "554 5.3.4 message too big",
        "552 5.2.2 mailbox full",
        "550 5.1.8 bad sender",
        "550 not this one",
        "550 our answer to 5.1.1 of yesterday",
    ],
)
async def test_a_refusal_that_speaks_of_us_closes_nothing(services: GatewayServices, refusal: str) -> None:
    services.mail.refusals[ANA] = refusal
    await services.open_dealer()
    await services.add_customer(channels=BOTH)
    for number in range(2):
        await services.post_event(
            step=CARE_FOR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"], vehicle={"vin": f"V{number}"}
        )
        await services.settle()
    assert services.mail.refused == [ANA, ANA]
    assert [channel for channel, _ in await services.statuses("STATUS")] == ["email", "sms"] * 2
    assert await services.rows(select(suppression)) == []
