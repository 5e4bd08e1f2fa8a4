"""Messages are claimed, worded and noted together; what is to blame stands alone."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from harness.names import REPAIR_STATUS_CHANGED, REPAIR_VEHICLE
from harness.statement_count import statements
from harness.stepped_services import SteppedServices
from notifier.context import NotifierContext
from notifier.dispatch.attempts import Outcome
from notifier.dispatch.claim import Attempt, claim_due
from notifier.dispatch.dispatcher import SLOTS
from notifier.dispatch.outcome_writer import OutcomeWriter
from shared.db.schema import notification

pytestmark = pytest.mark.database


async def queue_statuses(services: SteppedServices, count: int) -> None:
    """So many queued mails to one customer."""
    await services.open_dealer(throttle={"messages": count})
    await services.add_customer()
    for _ in range(count):
        await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.route()
    await services.notify()


async def claim(services: SteppedServices, count: int) -> tuple[Attempt, ...]:
    """Begin so many attempts."""
    async with services.database.transaction() as connection:
        context = NotifierContext(connection, services.config, services.clock(), services.real())
        return (await claim_due(context, {"email": count})).attempts


def recorder(services: SteppedServices) -> OutcomeWriter:
    """Who notes how they end."""
    return OutcomeWriter(
        services.database,
        lambda connection: NotifierContext(connection, services.config, services.clock(), services.real()),
        asyncio.Event(),
    )


async def test_claiming_many_takes_as_many_statements_as_claiming_one(services: SteppedServices) -> None:
    await queue_statuses(services, SLOTS + 1)
    counts = []
    for number in (1, SLOTS):
        with statements(services.database) as sent:
            assert len(await claim(services, number)) == number
        counts.append(len(sent))
    assert counts[0] == counts[1]


async def test_what_found_no_room_is_found_when_there_is_some(services: SteppedServices) -> None:
    """What was due before others is not passed because those were taken."""
    await queue_statuses(services, SLOTS + 1)
    dispatcher = services.dispatcher()
    services.real.advance(timedelta(seconds=31))
    taken = []
    for _ in range(3):
        taken.append(await dispatcher.step())
        await dispatcher.finish()
    assert taken == [SLOTS, 1, 0]


async def test_attempts_that_end_together_are_noted_together(services: SteppedServices) -> None:
    """An offer to staff is no contact, so nothing is told to clocks."""
    await services.open_dealer()
    for number in range(1, 11):
        await services.add_customer(f"C-{number}")
        await services.post_infotainment_message(customer_id=f"C-{number}")
    await services.route()
    await services.notify()
    async with services.database.transaction() as connection:
        await connection.execute(text("delete from notification where message <> 'OFFERED'"))
    counts = []
    for number in (1, 9):
        attempts, noting = await claim(services, number), recorder(services)
        with statements(services.database) as sent:
            await asyncio.gather(*(noting.note(one.ref, Outcome("delivered", "250")) for one in attempts))
        counts.append(len(sent))
    assert counts[0] == counts[1]
    assert set(await services.statuses("OFFERED")) == {("email", "delivered")}


async def test_two_words_of_one_notification_are_noted_one_after_the_other(services: SteppedServices) -> None:
    await queue_statuses(services, 1)
    (attempt,), noting = await claim(services, 1), recorder(services)
    words = [Outcome("unknown", "timeout"), Outcome("delivered", "250")]
    await asyncio.gather(*(noting.note(attempt.ref, word) for word in words))
    assert await services.statuses("STATUS") == [("email", "delivered")]


async def test_an_outcome_that_cannot_be_stored_holds_up_no_other(services: SteppedServices) -> None:
    await queue_statuses(services, 3)
    attempts, noting = await claim(services, 3), recorder(services)
    codes = ["250", "no text holds \0", "250"]
    ended: list[Any] = await asyncio.gather(
        *(noting.note(one.ref, Outcome("delivered", code)) for one, code in zip(attempts, codes, strict=True)),
        return_exceptions=True,
    )
    assert [type(one) for one in ended if one is not None] == [DBAPIError]
    assert sorted(await services.statuses("STATUS")) == [
        ("email", "delivered"),
        ("email", "delivered"),
        ("email", "sending"),
    ]


async def test_a_message_without_words_holds_up_no_other(services: SteppedServices) -> None:
    await queue_statuses(services, 3)
    first = (await services.notifications("STATUS"))[0]["notification_id"]
    async with services.database.transaction() as connection:
        mine = notification.c.notification_id == first
        broken = {**(await services.notifications("STATUS"))[0]["params"], "about": {"happened_at": "when it was"}}
        await connection.execute(update(notification).where(mine).values(params=broken))
    await services.deliver()
    assert sorted(await services.statuses("STATUS")) == [
        ("email", "delivered"),
        ("email", "delivered"),
        ("email", "failed"),
    ]
