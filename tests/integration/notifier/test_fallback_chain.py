"""One message by one channel after another, until it has arrived or nobody can be reached."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from harness.gateway_services import ADDRESSES, GatewayServices
from harness.gateways import Reply
from harness.names import REPAIR_STATUS_CHANGED, REPAIR_VEHICLE
from notifier.delivery.provider_receipts import apply_receipts
from shared.db.schema import receipt
from shared.ids import new_id

pytestmark = pytest.mark.database


@pytest.fixture
def services(services_with_gateways: GatewayServices) -> GatewayServices:
    """With SMS and WhatsApp."""
    return services_with_gateways


EVERYTHING = ("sms", "whatsapp", "email", "telephone", "post")


async def test_the_whole_chain(services: GatewayServices) -> None:
    await services.plan_status_message(*EVERYTHING)
    await services.settle()
    assert await services.status_messages() == [("sms", "sent", "201")]
    await services.advance(minutes=9)
    assert await services.status_messages() == [("sms", "sent", "201")]
    await services.advance(minutes=1)
    assert await services.status_messages() == [("sms", "failed", "no_delivery"), ("whatsapp", "sent", "200")]
    assert [taken.text for taken in services.whatsapp.ledger] == ["handoff_status"]
    await services.advance(minutes=29)
    assert len(await services.status_messages()) == 2
    services.mail.behaviour.append("550")
    await services.advance(minutes=1)
    assert (await services.status_messages())[1:] == [
        ("whatsapp", "failed", "no_delivery"),
        ("email", "failed", "550"),
        ("telephone", "sent", None),
    ]
    await services.complete_task("CALL", "no_answer")
    assert (await services.status_messages())[3:] == [("telephone", "failed", "no_answer"), ("post", "sent", None)]
    assert not await services.is_unreachable()
    await services.complete_task("LETTER", "refused")
    assert (await services.status_messages())[4:] == [("post", "failed", "refused"), (None, "failed", "no_channel")]
    assert await services.is_unreachable()
    assert [task["status"] for task in await services.tasks("UNREACHABLE")] == ["offered"]
    assert len(services.sms.ledger) == len(services.whatsapp.ledger) == 1


async def test_a_channel_that_was_left_untried_is_there_when_the_others_fail(services: GatewayServices) -> None:
    """Held for the e-mail of the morning, wished for by SMS meanwhile, which nobody can deliver."""
    mail, sms = ({"kind": kind, "address": ADDRESSES[kind], "verified": True} for kind in ("email", "sms"))
    await services.open_dealer()
    await services.add_customer(channels=[mail, sms], quiet_hours=[{"days": ["mon"], "from": "09:00", "to": "11:00"}])
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.settle()
    assert await services.status_messages() == [("email", "held", None)]
    await services.change_customer(channels=[sms, mail])
    await services.advance(hours=1, minutes=6)
    await services.report_delivery(services.sms.ledger[0], "perm_failed", code="30006")
    await services.settle()
    assert await services.status_messages() == [
        ("email", "withdrawn", "another_channel"),
        ("sms", "failed", "30006"),
        ("email", "delivered", "250"),
    ]


async def test_a_call_and_a_letter_are_two_tasks(services: GatewayServices) -> None:
    await services.plan_status_message("telephone", "post")
    await services.settle()
    await services.complete_task("CALL", "no_answer")
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.settle()
    assert (await services.status_messages())[1:] == [("post", "sent", None), ("telephone", "sent", None)]
    await services.complete_task("CALL", "voicemail")
    assert (await services.status_messages())[1:3] == [("post", "sent", None), ("telephone", "failed", "voicemail")]
    await services.complete_task("LETTER", "sent")
    assert [status for channel, status, _ in await services.status_messages() if channel == "post"] == ["delivered"] * 2


async def test_a_delivery_ends_the_waiting(services: GatewayServices) -> None:
    await services.plan_status_message("sms", "whatsapp")
    await services.settle()
    await services.report_delivery(services.sms.ledger[0], "accepted", "delivered")
    await services.advance(hours=1)
    assert await services.status_messages() == [("sms", "delivered", "201")]
    kinds = await services.records("handoff.notifications.v1")
    assert kinds[-3:] == ["queued", "sent", "delivered"]
    await services.report_delivery(services.sms.ledger[0], "read")
    await services.settle()
    assert await services.status_messages() == [("sms", "read", "201")]
    assert (await services.records("handoff.notifications.v1"))[-1] == "read"


@pytest.mark.parametrize("code", ["30003", "30007", "99999", None])
async def test_any_failure_the_provider_reports_is_one(services: GatewayServices, code: str | None) -> None:
    await services.plan_status_message("sms", "whatsapp")
    await services.settle()
    await services.report_delivery(services.sms.ledger[0], "perm_failed", code=code)
    await services.settle()
    assert await services.status_messages() == [("sms", "failed", code), ("whatsapp", "sent", "200")]


async def test_repeated_stale_and_foreign_reports_change_nothing(services: GatewayServices) -> None:
    await services.plan_status_message("sms", "whatsapp")
    await services.settle()
    await services.report_delivery(
        services.sms.ledger[0], "delivered", "delivered", "accepted", "perm_failed", code="30003"
    )
    await services.report_delivery("nobodys-attempt", "perm_failed")
    await services.advance(hours=1)
    assert await services.status_messages() == [("sms", "delivered", "201")]
    assert (await services.records("handoff.notifications.v1")).count("delivered") == 1


async def test_a_delivery_after_the_patience_corrects_the_attempt_alone(services: GatewayServices) -> None:
    await services.plan_status_message("sms", "whatsapp")
    await services.settle()
    await services.advance(minutes=10)
    await services.report_delivery(services.sms.ledger[0], "delivered")
    await services.settle()
    assert await services.status_messages() == [("sms", "failed", "no_delivery"), ("whatsapp", "sent", "200")]
    assert [status for _, status, _ in await services.attempts()] == ["delivered", "accepted"]


async def test_a_provider_that_says_so_late_is_asked_before_it_is_given_up(services: GatewayServices) -> None:
    """Its report was lost; its list of messages has it."""
    await services.plan_status_message("sms", "whatsapp")
    await services.settle()
    services.sms.ledger[0].status = "delivered"
    await services.advance(minutes=10)
    assert await services.status_messages() == [("sms", "delivered", "201")]
    assert services.whatsapp.ledger == []


async def test_a_bounce_of_a_delivered_mail_advances_the_chain(services: GatewayServices) -> None:
    await services.plan_status_message("email", "sms")
    await services.settle()
    assert await services.status_messages() == [("email", "delivered", "250")]
    mail = services.mail.accepted[0]
    await services.report_delivery(mail["Message-ID"].strip("<>").partition("@")[0], "perm_failed", code="5.1.1")
    await services.settle()
    assert await services.status_messages() == [("email", "failed", "5.1.1"), ("sms", "sent", "201")]


async def test_a_report_faster_than_the_answer_is_not_lost(services: GatewayServices) -> None:
    await services.plan_status_message("sms", "whatsapp")
    dispatcher = services.dispatcher()
    services.sms.faults.append("hang")
    await dispatcher.step()
    while not services.sms.ledger:
        await services.let_senders_wait()
    await services.report_delivery(services.sms.ledger[0], "delivered")
    await services.settle()
    await dispatcher.finish()
    assert await services.status_messages() == [("sms", "delivered", None)]
    await services.advance(hours=1)
    assert len(services.sms.ledger) == 1
    assert services.whatsapp.ledger == []


async def left(services: GatewayServices, reference: str) -> None:
    """A report that names the message by the provider's id, left before its answer has told us that id."""
    (row,) = await services.notifications("STATUS")
    report = {"notification_id": row["notification_id"], "dealer_id": row["dealer_id"], "status": "delivered"}
    async with services.database.transaction() as connection:
        values = {**report, "receipt_id": new_id(), "attempt_id": reference, "wall_clock_at": services.real()}
        await connection.execute(insert(receipt).values(values))


async def applied(services: GatewayServices) -> list[bool]:
    """Of each report, whether it waits no more."""
    await apply_receipts(services.database, services.config, services.clock, services.real)
    return [row["applied"] for row in await services.rows(select(receipt.c.applied).order_by(receipt.c.receipt_id))]


async def test_a_report_by_the_providers_id_waits_for_the_answer_that_names_it(services: GatewayServices) -> None:
    await services.plan_status_message("sms", "whatsapp")
    await left(services, "SM1")
    assert await applied(services) == [False]
    await services.settle()
    assert services.sms.ledger[0].reference == "SM1"
    assert await services.status_messages() == [("sms", "delivered", "201")]
    assert await applied(services) == [True]


async def test_a_report_of_another_message_to_that_number_is_dropped_after_a_while(services: GatewayServices) -> None:
    await services.plan_status_message("sms", "whatsapp")
    await left(services, "SM-of-others")
    await services.advance(seconds=45)
    assert await applied(services) == [False]
    await services.advance(seconds=1)
    assert await applied(services) == [True]
    assert await services.status_messages() == [("sms", "sent", "201")]


async def test_the_next_provider_is_tried_at_once(services: GatewayServices) -> None:
    await services.plan_status_message("sms", "whatsapp")
    services.sms.always = Reply(503)
    await services.settle()
    assert await services.attempts() == [(1, "temp_failed", "503"), (2, "accepted", "201")]
    assert len(services.other.ledger) == 1


async def test_retries_stay_within_the_patience_with_the_channel(services: GatewayServices) -> None:
    await services.plan_status_message("sms", "whatsapp")
    services.sms.always = services.other.always = Reply(500)
    for _ in range(10):
        await services.advance(minutes=1)
    assert (await services.status_messages())[0] == ("sms", "failed", "500")
    assert [code for _, _, code in await services.attempts()].count("500") == 4
    assert services.whatsapp.ledger != []


async def test_one_asked_to_wait_longer_than_that_is_given_up(services: GatewayServices) -> None:
    await services.plan_status_message("sms", "whatsapp")
    services.sms.always = services.other.always = Reply(429, headers={"retry-after": "3600"})
    await services.settle()
    assert await services.status_messages() == [("sms", "failed", "429"), ("whatsapp", "sent", "200")]


async def test_who_has_stopped_gets_no_more_by_that_channel(services: GatewayServices) -> None:
    await services.plan_status_message("sms", "email")
    services.sms.faults.append(Reply(400, 21610))
    await services.settle()
    assert [(channel, status) for channel, status, _ in await services.status_messages()] == [
        ("sms", "failed"),
        ("email", "delivered"),
    ]
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.settle()
    assert services.sms.requests == 1
    assert len(services.mail.accepted) == 2


async def test_what_was_stopped_while_it_waited_is_not_sent(services: GatewayServices) -> None:
    await services.plan_status_message("sms", "email")
    await services.suppress_channel("sms")
    await services.settle()
    assert services.sms.requests == 0
    assert (await services.status_messages())[0] == ("sms", "failed", "suppressed")
    assert len(services.mail.accepted) == 1


async def test_free_words_go_within_the_window_only(services: GatewayServices) -> None:
    await services.plan_status_message("whatsapp")
    await services.receive_whatsapp(ago=timedelta(hours=23, minutes=59))
    await services.settle()
    assert [taken.document["type"] for taken in services.whatsapp.ledger] == ["text"]


async def test_a_day_later_the_template_goes(services: GatewayServices) -> None:
    await services.plan_status_message("whatsapp")
    await services.receive_whatsapp(ago=timedelta(hours=24))
    await services.settle()
    assert [taken.document["type"] for taken in services.whatsapp.ledger] == ["template"]


@pytest.mark.parametrize(
    ("channel", "ago", "kind"),
    [
        ("message", timedelta(hours=23, minutes=59), "text"),
        ("whatsapp", timedelta(hours=23, minutes=59), "text"),
        ("message", timedelta(hours=24), "template"),
        ("sms", timedelta(hours=1), "template"),
        ("telephone", timedelta(hours=1), "template"),
    ],
)
async def test_a_message_that_a_person_has_recorded_opens_the_window(
    services: GatewayServices, channel: str, ago: timedelta, kind: str
) -> None:
    await services.plan_status_message("whatsapp")
    services.clock.advance(-ago)
    await services.receive_from_customer(channel)
    services.clock.advance(ago)
    await services.deliver()
    assert [taken.document["type"] for taken in services.whatsapp.ledger] == [kind]


async def test_a_message_that_an_event_tells_of_opens_the_window(services: GatewayServices) -> None:
    await services.plan_status_message("whatsapp")
    await services.post_event(channel="message", at=services.clock() - timedelta(hours=24))
    await services.deliver()
    await services.post_event(channel="message", at=services.clock() - timedelta(hours=23))
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.settle()
    assert [taken.document["type"] for taken in services.whatsapp.ledger][:2] == ["template", "text"]


async def test_what_came_by_sms_opens_no_window(services: GatewayServices) -> None:
    await services.plan_status_message("whatsapp")
    await services.receive_from_customer()
    await services.record_inbound_sms()
    await services.deliver()
    assert [taken.document["type"] for taken in services.whatsapp.ledger] == ["template"]


async def test_a_window_that_the_provider_finds_closed_later_gets_the_template(services: GatewayServices) -> None:
    await services.plan_status_message("whatsapp", "email")
    await services.receive_whatsapp()
    await services.settle()
    await services.report_delivery(services.whatsapp.ledger[0], "perm_failed", code="131047")
    await services.settle()
    assert [taken.document["type"] for taken in services.whatsapp.ledger] == ["text", "template"]
    await services.report_delivery(services.whatsapp.ledger[1], "perm_failed", code="131047")
    await services.settle()
    assert [(channel, status) for channel, status, _ in await services.status_messages()] == [
        ("whatsapp", "failed"),
        ("email", "delivered"),
    ]
