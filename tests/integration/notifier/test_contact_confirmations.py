"""Who was reached is not tried any further; who was told nothing yet still is."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from harness.described_records import published
from harness.gateway_services import GatewayServices
from harness.names import REPAIR_STATUS_CHANGED, REPAIR_VEHICLE
from notifier.consumers.consumer import NotifierConsumer
from shared.db.schema import task
from shared.messaging.bus import CONTACT_RECORDED

pytestmark = pytest.mark.database


@pytest.fixture
def services(services_with_gateways: GatewayServices) -> GatewayServices:
    """With SMS and WhatsApp."""
    return services_with_gateways


Proof = Callable[[GatewayServices], Awaitable[None]]


async def writes(services: GatewayServices) -> None:
    """The customer writes, as an event tells."""
    await services.post_infotainment_message()


async def calls(services: GatewayServices) -> None:
    """The customer calls, as a contact tells."""
    await services.receive_from_customer("telephone")


async def is_spoken_with(services: GatewayServices) -> None:
    """Somebody speaks with the customer."""
    await services.speak_with_customer()


async def task_statuses(services: GatewayServices, entry: str) -> list[str]:
    """The tasks of an entry."""
    return [one["status"] for one in await services.tasks(entry)]


@pytest.mark.parametrize("proof", [writes, calls, is_spoken_with])
async def test_the_call_that_was_still_to_be_made_is_called_off(services: GatewayServices, proof: Proof) -> None:
    await services.plan_status_message("sms", "telephone", "post")
    await services.settle()
    await services.advance(minutes=10)
    assert await task_statuses(services, "CALL") == ["offered"]
    await proof(services)
    await services.settle()
    assert await task_statuses(services, "CALL") == ["cancelled"]
    assert (await services.status_messages())[-1] == ("telephone", "withdrawn", "reached")
    await services.advance(hours=2)
    assert len(await services.status_messages()) == 2


@pytest.mark.parametrize("proof", [writes, calls, is_spoken_with])
async def test_a_reply_ends_the_waiting_for_a_report(services: GatewayServices, proof: Proof) -> None:
    await services.plan_status_message("sms", "telephone")
    await services.settle()
    await proof(services)
    await services.settle()
    await services.report_delivery(services.sms.ledger[0], "perm_failed", code="30003")
    await services.advance(hours=1)
    assert [channel for channel, _, _ in await services.status_messages()] == ["sms"]
    assert await task_statuses(services, "CALL") == []


async def test_a_reading_that_comes_late_calls_off_what_followed(services: GatewayServices) -> None:
    await services.plan_status_message("whatsapp", "telephone")
    await services.settle()
    await services.advance(minutes=30)
    assert await task_statuses(services, "CALL") == ["offered"]
    await services.report_delivery(services.whatsapp.ledger[0], "read")
    await services.settle()
    assert await task_statuses(services, "CALL") == ["cancelled"]
    assert (await services.status_messages())[0] == ("whatsapp", "failed", "no_delivery")


async def test_the_way_to_a_customer_who_was_out_of_reach_is_not_looked_for_any_more(services: GatewayServices) -> None:
    await services.plan_status_message("telephone")
    await services.settle()
    await services.complete_task("CALL", "voicemail")
    assert await services.is_unreachable()
    await services.receive_from_customer()
    await services.settle()
    assert not await services.is_unreachable()
    assert await task_statuses(services, "UNREACHABLE") == ["cancelled"]


async def test_a_letter_that_was_sent_proves_nothing(services: GatewayServices) -> None:
    await services.plan_status_message("post")
    await services.mark_unreachable()
    await services.settle()
    await services.complete_task("LETTER", "sent")
    assert (await services.status_messages())[-1] == ("post", "delivered", "sent")
    assert await services.is_unreachable()


async def test_a_message_that_has_said_nothing_yet_is_still_sent(services: GatewayServices) -> None:
    """The customer writes in quiet hours; what is held for the morning was not said by that."""
    await services.plan_status_message("sms")
    await services.change_customer(quiet_hours=[{"days": ["mon"], "from": "09:00", "to": "18:00"}])
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.route()
    await services.notify()
    assert [status for _, status, _ in await services.status_messages()] == ["queued", "held"]
    await services.receive_from_customer()
    await services.settle()
    assert [status for _, status, _ in await services.status_messages()] == ["sent", "held"]


async def test_an_older_contact_proves_nothing_of_what_came_later(services: GatewayServices) -> None:
    await services.plan_status_message("telephone")
    await services.settle()
    services.clock.advance(timedelta(minutes=-5))
    await services.receive_from_customer()
    services.clock.advance(timedelta(minutes=5))
    await services.settle()
    assert await task_statuses(services, "CALL") == ["offered"]


async def test_the_reason_is_kept_with_the_task(services: GatewayServices) -> None:
    await services.plan_status_message("telephone")
    await services.settle()
    await services.receive_from_customer()
    await services.settle()
    (row,) = await services.rows(select(task).where(task.c.entry == "CALL"))
    assert row["status"] == "cancelled"
    assert await services.cancel_reasons(row["task_id"]) == ["reached"]


async def test_a_case_that_is_closed_is_not_told_about_by_the_next_channel(services: GatewayServices) -> None:
    await services.plan_status_message("sms", "telephone")
    await services.settle()
    await services.close_cases()
    await services.advance(minutes=10)
    assert await services.status_messages() == [("sms", "failed", "no_delivery")]
    assert await task_statuses(services, "CALL") == []


async def test_what_was_said_while_the_notifier_was_away_counts(services: GatewayServices) -> None:
    await services.plan_status_message("sms", "telephone")
    await services.settle()
    await services.receive_from_customer()
    await services.advance(minutes=10)
    assert [channel for channel, _, _ in await services.status_messages()] == ["sms"]
    assert await task_statuses(services, "CALL") == []


async def test_the_same_contact_again_ends_nothing_that_began_after_it(services: GatewayServices) -> None:
    await services.plan_status_message("telephone")
    await services.receive_from_customer()
    await services.advance(minutes=1)
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.settle()
    before = await services.status_messages()
    (record,) = [one for one in await published(services.database) if one.type == CONTACT_RECORDED]
    async with services.database.transaction() as connection:
        consumer = NotifierConsumer(services.config, services.clock, services.real)
        await consumer.handle(connection, [record])
    assert await services.status_messages() == before
