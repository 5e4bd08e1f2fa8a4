"""Messages are claimed, worded and noted together; what is to blame stands alone."""

import asyncio
from typing import Any

import pytest
from postoffice import PostOffice
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from statement_count import statements

from notifier.context import Desk
from notifier.dispatch.attempts import Outcome
from notifier.dispatch.claim import Attempt, claim_due
from notifier.dispatch.dispatcher import SLOTS
from notifier.dispatch.outcome_writer import Recorder
from shared.db.schema import notification

pytestmark = pytest.mark.database


async def queue_statuses(office: PostOffice, count: int) -> None:
    """So many queued mails to one customer."""
    await office.open()
    await office.meet()
    for _ in range(count):
        await office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await office.route()
    await office.hear()


async def claim(office: PostOffice, count: int) -> tuple[Attempt, ...]:
    """Begin so many attempts."""
    async with office.database.transaction() as connection:
        desk = Desk(connection, office.means, office.clock(), office.real())
        return (await claim_due(desk, {"email": count})).attempts


def recorder(office: PostOffice) -> Recorder:
    """Who notes how they end."""
    return Recorder(
        office.database,
        lambda connection: Desk(connection, office.means, office.clock(), office.real()),
        asyncio.Event(),
    )


async def test_claiming_many_takes_as_many_statements_as_claiming_one(office: PostOffice) -> None:
    await queue_statuses(office, SLOTS + 1)
    counts = []
    for number in (1, SLOTS):
        with statements(office.database) as sent:
            assert len(await claim(office, number)) == number
        counts.append(len(sent))
    assert counts[0] == counts[1]


async def test_attempts_that_end_together_are_noted_together(office: PostOffice) -> None:
    """An offer to staff is no contact, so nothing is told to clocks."""
    await office.open()
    for number in range(1, 11):
        await office.meet(f"C-{number}")
        await office.message(customer_id=f"C-{number}")
    await office.route()
    await office.hear()
    async with office.database.transaction() as connection:
        await connection.execute(text("delete from notification where message <> 'OFFERED'"))
    counts = []
    for number in (1, 9):
        attempts, noting = await claim(office, number), recorder(office)
        with statements(office.database) as sent:
            await asyncio.gather(*(noting.note(one.ticket, Outcome("delivered", "250")) for one in attempts))
        counts.append(len(sent))
    assert counts[0] == counts[1]
    assert set(await office.statuses("OFFERED")) == {("email", "delivered")}


async def test_two_words_of_one_notification_are_noted_one_after_the_other(office: PostOffice) -> None:
    await queue_statuses(office, 1)
    (attempt,), noting = await claim(office, 1), recorder(office)
    words = [Outcome("unknown", "timeout"), Outcome("delivered", "250")]
    await asyncio.gather(*(noting.note(attempt.ticket, word) for word in words))
    assert await office.statuses("STATUS") == [("email", "delivered")]


async def test_an_outcome_that_cannot_be_stored_holds_up_no_other(office: PostOffice) -> None:
    await queue_statuses(office, 3)
    attempts, noting = await claim(office, 3), recorder(office)
    codes = ["250", "no text holds \0", "250"]
    ended: list[Any] = await asyncio.gather(
        *(noting.note(one.ticket, Outcome("delivered", code)) for one, code in zip(attempts, codes, strict=True)),
        return_exceptions=True,
    )
    assert [type(one) for one in ended if one is not None] == [DBAPIError]
    assert sorted(await office.statuses("STATUS")) == [
        ("email", "delivered"),
        ("email", "delivered"),
        ("email", "sending"),
    ]


async def test_a_message_without_words_holds_up_no_other(office: PostOffice) -> None:
    await queue_statuses(office, 3)
    first = (await office.notices("STATUS"))[0]["notification_id"]
    async with office.database.transaction() as connection:
        mine = notification.c.notification_id == first
        broken = {**(await office.notices("STATUS"))[0]["params"], "about": {"happened_at": "when it was"}}
        await connection.execute(update(notification).where(mine).values(params=broken))
    await office.deliver()
    assert sorted(await office.statuses("STATUS")) == [
        ("email", "delivered"),
        ("email", "delivered"),
        ("email", "failed"),
    ]
