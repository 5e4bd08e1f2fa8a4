"""Who was reached is not tried any further; who was told nothing yet still is."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from described_records import published
from exchange import Exchange
from sqlalchemy import select

from notifier.consumers.consumer import Hearing
from shared.db.schema import task
from shared.messaging.bus import CONTACT_RECORDED

pytestmark = pytest.mark.database

Proof = Callable[[Exchange], Awaitable[None]]


async def writes(exchange: Exchange) -> None:
    """The customer writes, as an event tells."""
    await exchange.office.message()


async def calls(exchange: Exchange) -> None:
    """The customer calls, as a contact tells."""
    await exchange.hear_from_customer("telephone")


async def is_spoken_with(exchange: Exchange) -> None:
    """Somebody speaks with the customer."""
    await exchange.speak_with_customer()


async def task_statuses(exchange: Exchange, entry: str) -> list[str]:
    """The tasks of an entry."""
    return [one["status"] for one in await exchange.office.tasks(entry)]


@pytest.mark.parametrize("proof", [writes, calls, is_spoken_with])
async def test_the_call_that_was_still_to_be_made_is_called_off(exchange: Exchange, proof: Proof) -> None:
    await exchange.owe_status("sms", "telephone", "post")
    await exchange.work()
    await exchange.advance(minutes=10)
    assert await task_statuses(exchange, "CALL") == ["offered"]
    await proof(exchange)
    await exchange.work()
    assert await task_statuses(exchange, "CALL") == ["cancelled"]
    assert (await exchange.statuses())[-1] == ("telephone", "withdrawn", "reached")
    await exchange.advance(hours=2)
    assert len(await exchange.statuses()) == 2


@pytest.mark.parametrize("proof", [writes, calls, is_spoken_with])
async def test_a_reply_ends_the_waiting_for_a_report(exchange: Exchange, proof: Proof) -> None:
    await exchange.owe_status("sms", "telephone")
    await exchange.work()
    await proof(exchange)
    await exchange.work()
    await exchange.report(exchange.sms.ledger[0], "perm_failed", code="30003")
    await exchange.advance(hours=1)
    assert [channel for channel, _, _ in await exchange.statuses()] == ["sms"]
    assert await task_statuses(exchange, "CALL") == []


async def test_a_reading_that_comes_late_calls_off_what_followed(exchange: Exchange) -> None:
    await exchange.owe_status("whatsapp", "telephone")
    await exchange.work()
    await exchange.advance(minutes=30)
    assert await task_statuses(exchange, "CALL") == ["offered"]
    await exchange.report(exchange.whatsapp.ledger[0], "read")
    await exchange.work()
    assert await task_statuses(exchange, "CALL") == ["cancelled"]
    assert (await exchange.statuses())[0] == ("whatsapp", "failed", "no_delivery")


async def test_the_way_to_a_customer_who_was_out_of_reach_is_not_looked_for_any_more(exchange: Exchange) -> None:
    await exchange.owe_status("telephone")
    await exchange.work()
    await exchange.complete("CALL", "voicemail")
    assert await exchange.unreachable()
    await exchange.hear_from_customer()
    await exchange.work()
    assert not await exchange.unreachable()
    assert await task_statuses(exchange, "UNREACHABLE") == ["cancelled"]


async def test_a_letter_that_was_sent_proves_nothing(exchange: Exchange) -> None:
    await exchange.owe_status("post")
    await exchange.mark_unreachable()
    await exchange.work()
    await exchange.complete("LETTER", "sent")
    assert (await exchange.statuses())[-1] == ("post", "delivered", "sent")
    assert await exchange.unreachable()


async def test_a_message_that_has_said_nothing_yet_is_still_sent(exchange: Exchange) -> None:
    """The customer writes in quiet hours; what is held for the morning was not said by that."""
    await exchange.owe_status("sms")
    await exchange.office.change(quiet_hours=[{"days": ["mon"], "from": "09:00", "to": "18:00"}])
    await exchange.office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await exchange.office.route()
    await exchange.office.hear()
    assert [status for _, status, _ in await exchange.statuses()] == ["queued", "held"]
    await exchange.hear_from_customer()
    await exchange.work()
    assert [status for _, status, _ in await exchange.statuses()] == ["sent", "held"]


async def test_an_older_contact_proves_nothing_of_what_came_later(exchange: Exchange) -> None:
    await exchange.owe_status("telephone")
    await exchange.work()
    exchange.office.clock.advance(timedelta(minutes=-5))
    await exchange.hear_from_customer()
    exchange.office.clock.advance(timedelta(minutes=5))
    await exchange.work()
    assert await task_statuses(exchange, "CALL") == ["offered"]


async def test_the_reason_is_kept_with_the_task(exchange: Exchange) -> None:
    await exchange.owe_status("telephone")
    await exchange.work()
    await exchange.hear_from_customer()
    await exchange.work()
    (row,) = await exchange.office.rows(select(task).where(task.c.entry == "CALL"))
    assert row["status"] == "cancelled"
    assert await exchange.reasons(row["task_id"]) == ["reached"]


async def test_a_case_that_is_closed_is_not_told_about_by_the_next_channel(exchange: Exchange) -> None:
    await exchange.owe_status("sms", "telephone")
    await exchange.work()
    await exchange.close_cases()
    await exchange.advance(minutes=10)
    assert await exchange.statuses() == [("sms", "failed", "no_delivery")]
    assert await task_statuses(exchange, "CALL") == []


async def test_what_was_said_while_the_notifier_was_away_counts(exchange: Exchange) -> None:
    await exchange.owe_status("sms", "telephone")
    await exchange.work()
    await exchange.hear_from_customer()
    await exchange.advance(minutes=10)
    assert [channel for channel, _, _ in await exchange.statuses()] == ["sms"]
    assert await task_statuses(exchange, "CALL") == []


async def test_the_same_contact_again_ends_nothing_that_began_after_it(exchange: Exchange) -> None:
    await exchange.owe_status("telephone")
    await exchange.hear_from_customer()
    await exchange.advance(minutes=1)
    await exchange.office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await exchange.work()
    before = await exchange.statuses()
    (record,) = [one for one in await published(exchange.office.database) if one.type == CONTACT_RECORDED]
    async with exchange.office.database.transaction() as connection:
        hearing = Hearing(exchange.office.means, exchange.office.clock, exchange.office.real)
        await hearing.handle(connection, [record])
    assert await exchange.statuses() == before
