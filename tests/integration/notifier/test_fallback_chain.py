"""One message by one channel after another, until it has arrived or nobody can be reached."""

from datetime import timedelta

import pytest
from exchange import WAYS, Exchange
from gateways import Reply
from sqlalchemy import insert, select

from notifier.delivery.provider_receipts import apply_receipts
from shared.db.schema import receipt
from shared.ids import new_id

pytestmark = pytest.mark.database

EVERYTHING = ("sms", "whatsapp", "email", "telephone", "post")


async def test_the_whole_chain(exchange: Exchange) -> None:
    await exchange.owe_status(*EVERYTHING)
    await exchange.work()
    assert await exchange.statuses() == [("sms", "sent", "201")]
    await exchange.advance(minutes=9)
    assert await exchange.statuses() == [("sms", "sent", "201")]
    await exchange.advance(minutes=1)
    assert await exchange.statuses() == [("sms", "failed", "no_delivery"), ("whatsapp", "sent", "200")]
    assert [taken.text for taken in exchange.whatsapp.ledger] == ["handoff_status"]
    await exchange.advance(minutes=29)
    assert len(await exchange.statuses()) == 2
    exchange.office.mail.behaviour.append("550")
    await exchange.advance(minutes=1)
    assert (await exchange.statuses())[1:] == [
        ("whatsapp", "failed", "no_delivery"),
        ("email", "failed", "550"),
        ("telephone", "sent", None),
    ]
    await exchange.complete("CALL", "no_answer")
    assert (await exchange.statuses())[3:] == [("telephone", "failed", "no_answer"), ("post", "sent", None)]
    assert not await exchange.unreachable()
    await exchange.complete("LETTER", "refused")
    assert (await exchange.statuses())[4:] == [("post", "failed", "refused"), (None, "failed", "no_channel")]
    assert await exchange.unreachable()
    assert [task["status"] for task in await exchange.office.tasks("UNREACHABLE")] == ["offered"]
    assert len(exchange.sms.ledger) == len(exchange.whatsapp.ledger) == 1


async def test_a_channel_that_was_left_untried_is_there_when_the_others_fail(exchange: Exchange) -> None:
    """Held for the e-mail of the morning, wished for by SMS meanwhile, which nobody can deliver."""
    mail, sms = ({"kind": kind, "address": WAYS[kind], "verified": True} for kind in ("email", "sms"))
    await exchange.office.open()
    await exchange.office.meet(channels=[mail, sms], quiet_hours=[{"days": ["mon"], "from": "09:00", "to": "11:00"}])
    await exchange.office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await exchange.work()
    assert await exchange.statuses() == [("email", "held", None)]
    await exchange.office.change(channels=[sms, mail])
    await exchange.advance(hours=1, minutes=6)
    await exchange.report(exchange.sms.ledger[0], "perm_failed", code="30006")
    await exchange.work()
    assert await exchange.statuses() == [
        ("email", "withdrawn", "another_channel"),
        ("sms", "failed", "30006"),
        ("email", "delivered", "250"),
    ]


async def test_a_call_and_a_letter_are_two_tasks(exchange: Exchange) -> None:
    await exchange.owe_status("telephone", "post")
    await exchange.work()
    await exchange.complete("CALL", "no_answer")
    await exchange.office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await exchange.work()
    assert (await exchange.statuses())[1:] == [("post", "sent", None), ("telephone", "sent", None)]
    await exchange.complete("CALL", "voicemail")
    assert (await exchange.statuses())[1:3] == [("post", "sent", None), ("telephone", "failed", "voicemail")]
    await exchange.complete("LETTER", "sent")
    assert [status for channel, status, _ in await exchange.statuses() if channel == "post"] == ["delivered"] * 2


async def test_a_delivery_ends_the_waiting(exchange: Exchange) -> None:
    await exchange.owe_status("sms", "whatsapp")
    await exchange.work()
    await exchange.report(exchange.sms.ledger[0], "accepted", "delivered")
    await exchange.advance(hours=1)
    assert await exchange.statuses() == [("sms", "delivered", "201")]
    kinds = await exchange.office.records("handoff.notifications.v1")
    assert kinds[-3:] == ["queued", "sent", "delivered"]
    await exchange.report(exchange.sms.ledger[0], "read")
    await exchange.work()
    assert await exchange.statuses() == [("sms", "read", "201")]
    assert (await exchange.office.records("handoff.notifications.v1"))[-1] == "read"


@pytest.mark.parametrize("code", ["30003", "30007", "99999", None])
async def test_any_failure_the_provider_reports_is_one(exchange: Exchange, code: str | None) -> None:
    await exchange.owe_status("sms", "whatsapp")
    await exchange.work()
    await exchange.report(exchange.sms.ledger[0], "perm_failed", code=code)
    await exchange.work()
    assert await exchange.statuses() == [("sms", "failed", code), ("whatsapp", "sent", "200")]


async def test_repeated_stale_and_foreign_reports_change_nothing(exchange: Exchange) -> None:
    await exchange.owe_status("sms", "whatsapp")
    await exchange.work()
    await exchange.report(exchange.sms.ledger[0], "delivered", "delivered", "accepted", "perm_failed", code="30003")
    await exchange.report("nobodys-attempt", "perm_failed")
    await exchange.advance(hours=1)
    assert await exchange.statuses() == [("sms", "delivered", "201")]
    assert (await exchange.office.records("handoff.notifications.v1")).count("delivered") == 1


async def test_a_delivery_after_the_patience_corrects_the_attempt_alone(exchange: Exchange) -> None:
    await exchange.owe_status("sms", "whatsapp")
    await exchange.work()
    await exchange.advance(minutes=10)
    await exchange.report(exchange.sms.ledger[0], "delivered")
    await exchange.work()
    assert await exchange.statuses() == [("sms", "failed", "no_delivery"), ("whatsapp", "sent", "200")]
    assert [status for _, status, _ in await exchange.office.attempts()] == ["delivered", "accepted"]


async def test_a_provider_that_says_so_late_is_asked_before_it_is_given_up(exchange: Exchange) -> None:
    """Its report was lost; its list of messages has it."""
    await exchange.owe_status("sms", "whatsapp")
    await exchange.work()
    exchange.sms.ledger[0].status = "delivered"
    await exchange.advance(minutes=10)
    assert await exchange.statuses() == [("sms", "delivered", "201")]
    assert exchange.whatsapp.ledger == []


async def test_a_bounce_of_a_delivered_mail_advances_the_chain(exchange: Exchange) -> None:
    await exchange.owe_status("email", "sms")
    await exchange.work()
    assert await exchange.statuses() == [("email", "delivered", "250")]
    mail = exchange.office.mail.accepted[0]
    await exchange.report(mail["Message-ID"].strip("<>").partition("@")[0], "perm_failed", code="5.1.1")
    await exchange.work()
    assert await exchange.statuses() == [("email", "failed", "5.1.1"), ("sms", "sent", "201")]


async def test_a_report_faster_than_the_answer_is_not_lost(exchange: Exchange) -> None:
    await exchange.owe_status("sms", "whatsapp")
    dispatcher = exchange.office.dispatcher()
    exchange.sms.faults.append("hang")
    await dispatcher.step()
    while not exchange.sms.ledger:
        await exchange.hear_nothing()
    await exchange.report(exchange.sms.ledger[0], "delivered")
    await exchange.work()
    await dispatcher.finish()
    assert await exchange.statuses() == [("sms", "delivered", None)]
    await exchange.advance(hours=1)
    assert len(exchange.sms.ledger) == 1
    assert exchange.whatsapp.ledger == []


async def left(exchange: Exchange, reference: str) -> None:
    """A report that names the message by the provider's id, left before its answer has told us that id."""
    office = exchange.office
    (row,) = await office.notices("STATUS")
    report = {"notification_id": row["notification_id"], "dealer_id": row["dealer_id"], "status": "delivered"}
    async with office.database.transaction() as connection:
        values = {**report, "receipt_id": new_id(), "attempt_id": reference, "real_at": office.real()}
        await connection.execute(insert(receipt).values(values))


async def applied(exchange: Exchange) -> list[bool]:
    """Of each report, whether it waits no more."""
    office = exchange.office
    await apply_receipts(office.database, office.means, office.clock, office.real)
    return [row["applied"] for row in await office.rows(select(receipt.c.applied).order_by(receipt.c.receipt_id))]


async def test_a_report_by_the_providers_id_waits_for_the_answer_that_names_it(exchange: Exchange) -> None:
    await exchange.owe_status("sms", "whatsapp")
    await left(exchange, "SM1")
    assert await applied(exchange) == [False]
    await exchange.work()
    assert exchange.sms.ledger[0].reference == "SM1"
    assert await exchange.statuses() == [("sms", "delivered", "201")]
    assert await applied(exchange) == [True]


async def test_a_report_of_another_message_to_that_number_is_dropped_after_a_while(exchange: Exchange) -> None:
    await exchange.owe_status("sms", "whatsapp")
    await left(exchange, "SM-of-others")
    await exchange.advance(seconds=45)
    assert await applied(exchange) == [False]
    await exchange.advance(seconds=1)
    assert await applied(exchange) == [True]
    assert await exchange.statuses() == [("sms", "sent", "201")]


async def test_the_next_provider_is_tried_at_once(exchange: Exchange) -> None:
    await exchange.owe_status("sms", "whatsapp")
    exchange.sms.always = Reply(503)
    await exchange.work()
    assert await exchange.office.attempts() == [(1, "temp_failed", "503"), (2, "accepted", "201")]
    assert len(exchange.other.ledger) == 1


async def test_retries_stay_within_the_patience_with_the_channel(exchange: Exchange) -> None:
    await exchange.owe_status("sms", "whatsapp")
    exchange.sms.always = exchange.other.always = Reply(500)
    for _ in range(10):
        await exchange.advance(minutes=1)
    assert (await exchange.statuses())[0] == ("sms", "failed", "500")
    assert [code for _, _, code in await exchange.office.attempts()].count("500") == 4
    assert exchange.whatsapp.ledger != []


async def test_one_asked_to_wait_longer_than_that_is_given_up(exchange: Exchange) -> None:
    await exchange.owe_status("sms", "whatsapp")
    exchange.sms.always = exchange.other.always = Reply(429, headers={"retry-after": "3600"})
    await exchange.work()
    assert await exchange.statuses() == [("sms", "failed", "429"), ("whatsapp", "sent", "200")]


async def test_who_has_stopped_gets_no_more_by_that_channel(exchange: Exchange) -> None:
    await exchange.owe_status("sms", "email")
    exchange.sms.faults.append(Reply(400, 21610))
    await exchange.work()
    assert [(channel, status) for channel, status, _ in await exchange.statuses()] == [
        ("sms", "failed"),
        ("email", "delivered"),
    ]
    await exchange.office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await exchange.work()
    assert exchange.sms.requests == 1
    assert len(exchange.office.mail.accepted) == 2


async def test_what_was_stopped_while_it_waited_is_not_sent(exchange: Exchange) -> None:
    await exchange.owe_status("sms", "email")
    await exchange.stop_messages("sms")
    await exchange.work()
    assert exchange.sms.requests == 0
    assert (await exchange.statuses())[0] == ("sms", "failed", "suppressed")
    assert len(exchange.office.mail.accepted) == 1


async def test_free_words_go_within_the_window_only(exchange: Exchange) -> None:
    await exchange.owe_status("whatsapp")
    await exchange.hear_on_whatsapp(ago=timedelta(hours=23, minutes=59))
    await exchange.work()
    assert [taken.document["type"] for taken in exchange.whatsapp.ledger] == ["text"]


async def test_a_day_later_the_template_goes(exchange: Exchange) -> None:
    await exchange.owe_status("whatsapp")
    await exchange.hear_on_whatsapp(ago=timedelta(hours=24))
    await exchange.work()
    assert [taken.document["type"] for taken in exchange.whatsapp.ledger] == ["template"]


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
    exchange: Exchange, channel: str, ago: timedelta, kind: str
) -> None:
    await exchange.owe_status("whatsapp")
    exchange.office.clock.advance(-ago)
    await exchange.hear_from_customer(channel)
    exchange.office.clock.advance(ago)
    await exchange.office.deliver()
    assert [taken.document["type"] for taken in exchange.whatsapp.ledger] == [kind]


async def test_a_message_that_an_event_tells_of_opens_the_window(exchange: Exchange) -> None:
    await exchange.owe_status("whatsapp")
    await exchange.office.post(channel="message", at=exchange.office.clock() - timedelta(hours=24))
    await exchange.office.deliver()
    await exchange.office.post(channel="message", at=exchange.office.clock() - timedelta(hours=23))
    await exchange.office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await exchange.office.settle()
    assert [taken.document["type"] for taken in exchange.whatsapp.ledger][:2] == ["template", "text"]


async def test_what_came_by_sms_opens_no_window(exchange: Exchange) -> None:
    await exchange.owe_status("whatsapp")
    await exchange.hear_from_customer()
    await exchange.say_it_came_by_sms()
    await exchange.office.deliver()
    assert [taken.document["type"] for taken in exchange.whatsapp.ledger] == ["template"]


async def test_a_window_that_the_provider_finds_closed_later_gets_the_template(exchange: Exchange) -> None:
    await exchange.owe_status("whatsapp", "email")
    await exchange.hear_on_whatsapp()
    await exchange.work()
    await exchange.report(exchange.whatsapp.ledger[0], "perm_failed", code="131047")
    await exchange.work()
    assert [taken.document["type"] for taken in exchange.whatsapp.ledger] == ["text", "template"]
    await exchange.report(exchange.whatsapp.ledger[1], "perm_failed", code="131047")
    await exchange.work()
    assert [(channel, status) for channel, status, _ in await exchange.statuses()] == [
        ("whatsapp", "failed"),
        ("email", "delivered"),
    ]
