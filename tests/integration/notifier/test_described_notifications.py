"""What is published of notifications, and of the tasks and clocks around them, is as the AsyncAPI document says."""

from datetime import timedelta

import pytest
from described_records import described, published, undescribed
from exchange import Exchange
from postoffice import PostOffice

from shared.messaging.bus import JOURNEY_STEP
from shared.messaging.notification_events import RECORDED
from shared.vocabulary import NOTIFICATIONS_TOPIC

pytestmark = pytest.mark.database
NIGHT = [{"from": "21:00", "to": "08:00"}]


async def types(office: PostOffice) -> set[str]:
    """The types told of notifications, all records being as described save the events, which intake has not written."""
    records = [record for record in await published(office.database) if record.type != JOURNEY_STEP]
    assert undescribed(records) == []
    return {record.type.split(".")[2] for record in records if record.topic == NOTIFICATIONS_TOPIC}


async def test_all_that_becomes_of_notifications_is_described(exchange: Exchange) -> None:
    """By one channel after another, a call and a letter last; the next night one that is held and taken back."""
    office = exchange.office
    await exchange.owe_status("sms", "whatsapp", "email", "telephone", "post")
    await exchange.work()
    await exchange.advance(minutes=10)
    await exchange.report(exchange.whatsapp.ledger[0], "delivered", "read")
    await exchange.work()
    assert await types(office) == {"queued", "sent", "delivered", "read", "failed"}
    await office.change(quiet_hours=NIGHT)
    night = timedelta(hours=12)
    office.clock.advance(night)
    office.real.advance(night)
    await office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await exchange.work()
    await office.change(consent={"service": False})
    await exchange.advance(hours=11)
    assert await types(office) == RECORDED
    assert described(NOTIFICATIONS_TOPIC) == {f"handoff.notification.{status}.v1" for status in RECORDED}


async def test_calls_letters_and_a_customer_out_of_reach_are_described(exchange: Exchange) -> None:
    """The reminders that the notifier makes come of no decision."""
    office = exchange.office
    await exchange.owe_status("telephone", "post")
    await exchange.work()
    await exchange.complete("CALL", "no_answer")
    await exchange.complete("LETTER", "refused")
    assert await types(office) >= {"queued", "sent", "failed"}
    assert {task["entry"] for task in await office.tasks()} >= {"CALL", "LETTER", "UNREACHABLE"}
