"""What nobody knows is asked of the provider before it is repeated, and never repeated while it may have gone out."""

from datetime import timedelta

import pytest
from exchange import Exchange
from gateways import Reply
from sqlalchemy import select

from notifier.context import Desk
from notifier.delivery.unconfirmed import Listener
from notifier.dispatch.attempts import LEASE
from notifier.dispatch.claim import claim_due
from notifier.dispatch.dispatcher import SLOTS
from notifier.dispatch.status_queries import SETTLED_AFTER
from shared.db.schema import contact

pytestmark = pytest.mark.database


async def sent_by_nobody_knows(exchange: Exchange, fault: str = "drop") -> None:
    """The line broke while an SMS was handed over."""
    await exchange.owe_status("sms", "email")
    exchange.sms.faults.append(fault)  # type: ignore[arg-type]
    await exchange.work()


@pytest.mark.parametrize("fault", ["drop", "hang", "mute"])
async def test_a_message_that_was_taken_is_found_and_not_repeated(exchange: Exchange, fault: str) -> None:
    await sent_by_nobody_knows(exchange, fault)
    assert [status for _, status, _ in await exchange.statuses()] == ["unknown"]
    await exchange.advance(seconds=5)
    assert [status for _, status, _ in await exchange.statuses()] == ["sent"]
    assert await exchange.office.attempts() == [(1, "accepted", None)]
    assert len(await exchange.office.rows(select(contact))) == 1
    await exchange.advance(minutes=2)
    assert exchange.sms.requests + exchange.other.requests == 1


async def test_what_was_surely_not_taken_is_sent_by_a_new_attempt(exchange: Exchange) -> None:
    await sent_by_nobody_knows(exchange, "drop unread")
    await exchange.advance(seconds=5)
    await exchange.advance(seconds=30)
    assert exchange.sms.ledger == exchange.other.ledger == [], "its sender might still be handing it over"
    await exchange.advance(seconds=SETTLED_AFTER.total_seconds() - 35)
    assert [len(gateway.ledger) for gateway in (exchange.sms, exchange.other)] == [1, 0]
    first, second = await exchange.office.attempts()
    assert first == (1, "temp_failed", "not_taken")
    assert second == (2, "accepted", "201")


async def test_a_provider_that_cannot_tell_is_waited_for_and_then_the_next_channel_goes(exchange: Exchange) -> None:
    exchange.sms.lists = exchange.other.lists = False
    await sent_by_nobody_knows(exchange, "drop unread")
    for _ in range(9):
        await exchange.advance(minutes=1)
    assert [status for _, status, _ in await exchange.statuses()] == ["unknown"]
    assert exchange.sms.questions > 5
    await exchange.advance(minutes=1)
    assert [(channel, status) for channel, status, _ in await exchange.statuses()] == [
        ("sms", "failed"),
        ("email", "delivered"),
    ]
    assert exchange.sms.requests + exchange.other.requests == 1


async def test_a_provider_that_answers_no_question_holds_up_nobodys_next_channel(exchange: Exchange) -> None:
    await exchange.owe_status("sms", "email")
    for _ in range(2):
        await exchange.office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await exchange.work()
    exchange.sms.silent = True
    exchange.office.clock.advance(timedelta(minutes=10))
    office = exchange.office
    briefly = timedelta(seconds=1.5)
    listener = Listener(office.database, office.channels, office.means, office.clock, office.real, briefly)
    assert await listener.give_up_silent() == 3
    assert exchange.sms.questions == 3
    assert [status for _, status, _ in await exchange.statuses()].count("failed") == 3
    await exchange.work()
    assert len(office.mail.accepted) == 3


async def test_one_who_has_stopped_is_known_by_the_answer_to_the_question(exchange: Exchange) -> None:
    await sent_by_nobody_knows(exchange)
    exchange.sms.ledger[0].status, exchange.sms.ledger[0].code = "failed", "21610"
    await exchange.advance(seconds=5)
    assert (await exchange.statuses())[0] == ("sms", "failed", "21610")
    before = exchange.sms.requests
    await exchange.office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await exchange.work()
    assert (exchange.sms.requests, exchange.other.requests) == (before, 0)


async def test_a_report_settles_it_without_a_question(exchange: Exchange) -> None:
    await sent_by_nobody_knows(exchange)
    await exchange.report(exchange.sms.ledger[0], "delivered")
    await exchange.work()
    assert await exchange.statuses() == [("sms", "delivered", None)]
    await exchange.advance(hours=1)
    assert exchange.sms.questions == 0
    assert len(await exchange.office.rows(select(contact))) == 1


async def test_whatsapp_cannot_be_asked_so_its_report_is_waited_for(exchange: Exchange) -> None:
    await exchange.owe_status("whatsapp", "email")
    exchange.whatsapp.faults.append("drop")
    await exchange.work()
    await exchange.advance(minutes=29)
    assert [status for _, status, _ in await exchange.statuses()] == ["unknown"]
    await exchange.report(exchange.whatsapp.ledger[0], "accepted")
    await exchange.work()
    assert [status for _, status, _ in await exchange.statuses()] == ["sent"]
    await exchange.advance(minutes=1)
    assert [(channel, status) for channel, status, _ in await exchange.statuses()] == [
        ("whatsapp", "failed"),
        ("email", "delivered"),
    ]
    assert exchange.whatsapp.requests == 1


async def test_a_sender_that_died_leaves_an_attempt_that_is_asked_about(exchange: Exchange) -> None:
    """It had handed the message over, and did not live to note it."""
    await exchange.owe_status("sms")
    office = exchange.office
    async with office.database.transaction() as connection:
        desk = Desk(connection, office.means, office.clock(), office.real())
        (attempt,) = (await claim_due(desk, {"sms": 1})).attempts
    await office.channels["sms"].send(attempt.message)
    await exchange.advance(seconds=LEASE.total_seconds())
    await exchange.advance(seconds=6)
    assert await exchange.statuses() == [("sms", "sent", None)]
    assert exchange.sms.requests == 1


async def test_a_sender_that_was_asleep_sends_nothing_under_a_lease_that_is_over(exchange: Exchange) -> None:
    await exchange.owe_status("sms")
    sleeper = exchange.office.dispatcher()
    await sleeper.step()
    exchange.office.real.advance(LEASE - timedelta(seconds=4))
    await sleeper.finish()
    assert exchange.sms.requests == 0
    assert await exchange.office.attempts() == [(1, "temp_failed", "lease_over")]
    await exchange.work()
    assert len(exchange.sms.ledger) == 1


async def test_one_that_wakes_up_after_the_repeat_changes_nothing_but_its_own_attempt(exchange: Exchange) -> None:
    await exchange.owe_status("sms", "email")
    sleeper = exchange.office.dispatcher()
    exchange.sms.faults.append("hang")
    await sleeper.step()
    while not exchange.sms.ledger:
        await exchange.hear_nothing()
    lost = exchange.sms.ledger.pop()
    await exchange.advance(seconds=LEASE.total_seconds())
    await exchange.advance(seconds=SETTLED_AFTER.total_seconds())
    assert [status for _, status, _ in await exchange.statuses()] == ["sent"]
    exchange.sms.ledger.append(lost)
    await sleeper.finish()
    assert [status for _, status, _ in await exchange.office.attempts()] == ["temp_failed", "accepted"]
    assert [status for _, status, _ in await exchange.statuses()] == ["sent"]


async def test_a_slow_channel_takes_no_slot_of_another(exchange: Exchange) -> None:
    """More messages than there are slots to a gateway that hangs, and one mail behind them."""
    await exchange.owe_status("sms")
    for _ in range(SLOTS + 4):
        await exchange.office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await exchange.office.route()
    await exchange.office.hear()
    await exchange.office.change(
        channels=[{"kind": "email", "address": "ana@example.pt", "verified": True}],
    )
    await exchange.office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await exchange.office.route()
    await exchange.office.hear()
    exchange.sms.always = exchange.other.always = "hang"
    dispatcher = exchange.office.dispatcher()
    assert await dispatcher.step() == SLOTS + 1
    while not exchange.office.mail.accepted:
        await exchange.hear_nothing()
    await dispatcher.finish()
    assert exchange.sms.requests + exchange.other.requests == SLOTS


async def test_a_number_that_a_provider_refuses_is_not_tried_with_the_other(exchange: Exchange) -> None:
    await exchange.owe_status("sms", "email")
    exchange.sms.faults.append(Reply(400, 21211))
    await exchange.work()
    assert (await exchange.statuses())[0] == ("sms", "failed", "21211")
    assert exchange.other.requests == 0
