"""What nobody knows is asked of the provider before it is repeated, and never repeated while it may have gone out."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from harness.gateway_services import GatewayServices
from harness.gateways import Reply
from harness.names import REPAIR_STATUS_CHANGED, REPAIR_VEHICLE
from notifier.context import NotifierContext
from notifier.delivery.unconfirmed import ConfirmationTimeouts
from notifier.dispatch.attempts import LEASE
from notifier.dispatch.claim import claim_due
from notifier.dispatch.dispatcher import SLOTS
from notifier.dispatch.status_queries import SETTLED_AFTER
from shared.db.schema import contact

pytestmark = pytest.mark.database


@pytest.fixture
def services(services_with_gateways: GatewayServices) -> GatewayServices:
    """With SMS and WhatsApp."""
    return services_with_gateways


async def sent_by_nobody_knows(services: GatewayServices, fault: str = "drop") -> None:
    """The line broke while an SMS was handed over."""
    await services.plan_status_message("sms", "email")
    services.sms.faults.append(fault)  # type: ignore[arg-type]
    await services.settle()


@pytest.mark.parametrize("fault", ["drop", "hang", "mute"])
async def test_a_message_that_was_taken_is_found_and_not_repeated(services: GatewayServices, fault: str) -> None:
    await sent_by_nobody_knows(services, fault)
    assert [status for _, status, _ in await services.status_messages()] == ["unknown"]
    await services.advance(seconds=5)
    assert [status for _, status, _ in await services.status_messages()] == ["sent"]
    assert await services.attempts() == [(1, "accepted", None)]
    assert len(await services.rows(select(contact))) == 1
    await services.advance(minutes=2)
    assert services.sms.requests + services.other.requests == 1


async def test_what_was_surely_not_taken_is_sent_by_a_new_attempt(services: GatewayServices) -> None:
    await sent_by_nobody_knows(services, "drop unread")
    await services.advance(seconds=5)
    await services.advance(seconds=30)
    assert services.sms.ledger == services.other.ledger == [], "its sender might still be handing it over"
    await services.advance(seconds=SETTLED_AFTER.total_seconds() - 35)
    assert [len(gateway.ledger) for gateway in (services.sms, services.other)] == [1, 0]
    first, second = await services.attempts()
    assert first == (1, "temp_failed", "not_taken")
    assert second == (2, "accepted", "201")


async def test_a_provider_that_cannot_tell_is_waited_for_and_then_the_next_channel_goes(
    services: GatewayServices,
) -> None:
    services.sms.lists = services.other.lists = False
    await sent_by_nobody_knows(services, "drop unread")
    for _ in range(9):
        await services.advance(minutes=1)
    assert [status for _, status, _ in await services.status_messages()] == ["unknown"]
    assert services.sms.status_queries > 5
    await services.advance(minutes=1)
    assert [(channel, status) for channel, status, _ in await services.status_messages()] == [
        ("sms", "failed"),
        ("email", "delivered"),
    ]
    assert services.sms.requests + services.other.requests == 1


async def test_a_provider_that_answers_no_question_holds_up_nobodys_next_channel(services: GatewayServices) -> None:
    await services.plan_status_message("sms", "email")
    for _ in range(2):
        await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.settle()
    services.sms.silent = True
    services.clock.advance(timedelta(minutes=10))
    briefly = timedelta(seconds=1.5)
    listener = ConfirmationTimeouts(
        services.database, services.channels, services.config, services.clock, services.real, briefly
    )
    assert await listener.expire() == 3
    assert services.sms.status_queries == 3
    assert [status for _, status, _ in await services.status_messages()].count("failed") == 3
    await services.settle()
    assert len(services.mail.accepted) == 3


async def test_one_who_has_stopped_is_known_by_the_answer_to_the_question(services: GatewayServices) -> None:
    await sent_by_nobody_knows(services)
    services.sms.ledger[0].status, services.sms.ledger[0].code = "failed", "21610"
    await services.advance(seconds=5)
    assert (await services.status_messages())[0] == ("sms", "failed", "21610")
    before = services.sms.requests
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.settle()
    assert (services.sms.requests, services.other.requests) == (before, 0)


async def test_a_report_settles_it_without_a_question(services: GatewayServices) -> None:
    await sent_by_nobody_knows(services)
    await services.report_delivery(services.sms.ledger[0], "delivered")
    await services.settle()
    assert await services.status_messages() == [("sms", "delivered", None)]
    await services.advance(hours=1)
    assert services.sms.status_queries == 0
    assert len(await services.rows(select(contact))) == 1


async def test_whatsapp_cannot_be_asked_so_its_report_is_waited_for(services: GatewayServices) -> None:
    await services.plan_status_message("whatsapp", "email")
    services.whatsapp.faults.append("drop")
    await services.settle()
    await services.advance(minutes=29)
    assert [status for _, status, _ in await services.status_messages()] == ["unknown"]
    await services.report_delivery(services.whatsapp.ledger[0], "accepted")
    await services.settle()
    assert [status for _, status, _ in await services.status_messages()] == ["sent"]
    await services.advance(minutes=1)
    assert [(channel, status) for channel, status, _ in await services.status_messages()] == [
        ("whatsapp", "failed"),
        ("email", "delivered"),
    ]
    assert services.whatsapp.requests == 1


async def test_a_sender_that_died_leaves_an_attempt_that_is_asked_about(services: GatewayServices) -> None:
    """It had handed the message over, and did not live to note it."""
    await services.plan_status_message("sms")
    async with services.database.transaction() as connection:
        context = NotifierContext(connection, services.config, services.clock(), services.real())
        (attempt,) = (await claim_due(context, {"sms": 1})).attempts
    await services.channels["sms"].send(attempt.message)
    await services.advance(seconds=LEASE.total_seconds())
    await services.advance(seconds=6)
    assert await services.status_messages() == [("sms", "sent", None)]
    assert services.sms.requests == 1


async def test_a_sender_that_was_asleep_sends_nothing_under_a_lease_that_is_over(services: GatewayServices) -> None:
    await services.plan_status_message("sms")
    sleeper = services.dispatcher()
    await sleeper.step()
    services.real.advance(LEASE - timedelta(seconds=4))
    await sleeper.finish()
    assert services.sms.requests == 0
    assert await services.attempts() == [(1, "temp_failed", "lease_over")]
    await services.settle()
    assert len(services.sms.ledger) == 1


async def test_one_that_wakes_up_after_the_repeat_changes_nothing_but_its_own_attempt(
    services: GatewayServices,
) -> None:
    await services.plan_status_message("sms", "email")
    sleeper = services.dispatcher()
    services.sms.faults.append("hang")
    await sleeper.step()
    while not services.sms.ledger:
        await services.let_senders_wait()
    lost = services.sms.ledger.pop()
    await services.advance(seconds=LEASE.total_seconds())
    await services.advance(seconds=SETTLED_AFTER.total_seconds())
    assert [status for _, status, _ in await services.status_messages()] == ["sent"]
    services.sms.ledger.append(lost)
    await sleeper.finish()
    assert [status for _, status, _ in await services.attempts()] == ["temp_failed", "accepted"]
    assert [status for _, status, _ in await services.status_messages()] == ["sent"]


async def test_a_slow_channel_takes_no_slot_of_another(services: GatewayServices) -> None:
    """More messages than there are slots to a gateway that hangs, and one mail behind them."""
    await services.plan_status_message("sms", throttle={"messages": SLOTS + 6})
    for _ in range(SLOTS + 4):
        await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.route()
    await services.notify()
    await services.change_customer(
        channels=[{"kind": "email", "address": "ana@example.pt", "verified": True}],
    )
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.route()
    await services.notify()
    services.sms.always = services.other.always = "hang"
    dispatcher = services.dispatcher()
    assert await dispatcher.step() == SLOTS + 1
    while not services.mail.accepted:
        await services.let_senders_wait()
    await dispatcher.finish()
    assert services.sms.requests + services.other.requests == SLOTS


async def test_a_number_that_a_provider_refuses_is_not_tried_with_the_other(services: GatewayServices) -> None:
    await services.plan_status_message("sms", "email")
    services.sms.faults.append(Reply(400, 21211))
    await services.settle()
    assert (await services.status_messages())[0] == ("sms", "failed", "21211")
    assert services.other.requests == 0
