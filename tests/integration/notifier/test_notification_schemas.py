"""What is published of notifications, and of the tasks and clocks around them, is as the AsyncAPI document says."""

from datetime import timedelta

import pytest

from harness.described_records import described, published, undescribed
from harness.gateway_services import GatewayServices
from harness.names import REPAIR_STATUS_CHANGED, REPAIR_VEHICLE
from harness.stepped_services import SteppedServices
from shared.messaging.bus import JOURNEY_STEP
from shared.messaging.notification_events import RECORDED
from shared.vocabulary import NOTIFICATIONS_TOPIC

pytestmark = pytest.mark.database


@pytest.fixture
def services(services_with_gateways: GatewayServices) -> GatewayServices:
    """With SMS and WhatsApp."""
    return services_with_gateways


NIGHT = [{"from": "21:00", "to": "08:00"}]


async def types(services: SteppedServices) -> set[str]:
    """The types told of notifications, all records being as described save the events, which intake has not written."""
    records = [record for record in await published(services.database) if record.type != JOURNEY_STEP]
    assert undescribed(records) == []
    return {record.type.split(".")[2] for record in records if record.topic == NOTIFICATIONS_TOPIC}


async def test_all_that_becomes_of_notifications_is_described(services: GatewayServices) -> None:
    """By one channel after another, a call and a letter last; the next night one that is held and taken back."""
    await services.plan_status_message("sms", "whatsapp", "email", "telephone", "post")
    await services.settle()
    await services.advance(minutes=10)
    await services.report_delivery(services.whatsapp.ledger[0], "delivered", "read")
    await services.settle()
    assert await types(services) == {"queued", "sent", "delivered", "read", "failed"}
    await services.change_customer(quiet_hours=NIGHT)
    night = timedelta(hours=12)
    services.clock.advance(night)
    services.real.advance(night)
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.settle()
    await services.change_customer(consent={"service": False})
    await services.advance(hours=11)
    assert await types(services) == RECORDED
    assert described(NOTIFICATIONS_TOPIC) == {f"handoff.notification.{status}.v1" for status in RECORDED}


async def test_calls_letters_and_a_customer_out_of_reach_are_described(services: GatewayServices) -> None:
    """The reminders that the notifier makes come of no decision."""
    await services.plan_status_message("telephone", "post")
    await services.settle()
    await services.complete_task("CALL", "no_answer")
    await services.complete_task("LETTER", "refused")
    assert await types(services) >= {"queued", "sent", "failed"}
    assert {task["entry"] for task in await services.tasks()} >= {"CALL", "LETTER", "UNREACHABLE"}
