"""The loops of the notifier: they stop when asked, a failing chore is done again, the clock is remembered."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from postoffice import DEALER, PostOffice
from sqlalchemy import insert, select

from notifier.main import loops_of
from notifier.timers.clock_position import keep_clock_seen
from shared.commands.record_contact import NewContact, record_contact
from shared.db.engine import lock_keys, record_key
from shared.db.schema import clock_anchor
from shared.process.periodic import SECOND, every

pytestmark = pytest.mark.database


async def seen_at(office: PostOffice) -> datetime:
    """How far domain time is known to have come."""
    (row,) = await office.rows(select(clock_anchor.c.seen_at))
    at: datetime = row["seen_at"]
    return at


async def test_domain_time_is_remembered_and_never_goes_back(office: PostOffice) -> None:
    now = office.clock()
    async with office.database.transaction() as connection:
        anchor = {"id": 1, "real_at": now, "domain_at": now, "rate": 1.0, "seen_at": now}
        await connection.execute(insert(clock_anchor).values(anchor))
    later = office.clock.advance(timedelta(minutes=5))
    await keep_clock_seen(office.database, office.clock)
    assert await seen_at(office) == later
    await keep_clock_seen(office.database, lambda: now)
    assert await seen_at(office) == later


async def test_a_chore_that_fails_is_done_again() -> None:
    stop, tries = asyncio.Event(), []

    async def chore() -> None:
        tries.append(1)
        if len(tries) == 3:
            stop.set()
        raise RuntimeError("not this time")

    await every(SECOND / 1000, "chore", chore)(stop)
    assert len(tries) == 3


async def test_every_loop_stops_when_asked(office: PostOffice) -> None:
    stop = asyncio.Event()
    loops = loops_of(office.database, office.clock, office.channels)
    running = [asyncio.create_task(loop(stop)) for loop in loops.values()]
    await asyncio.sleep(0)
    stop.set()
    async with asyncio.timeout(60):
        await asyncio.gather(*running)
    assert set(loops) >= {"hearing", "tick", "dispatch", "held", "silence", "receipts", "speaking", "clock_seen"}


async def recorded(office: PostOffice, **contact: Any) -> None:
    """The customer says something."""
    given = {"customer_id": "C-1", "direction": "inbound", "at": office.clock(), **contact}
    async with office.database.transaction() as connection:
        await lock_keys(connection, [record_key(DEALER, "C-1")])
        await record_contact(connection, NewContact(dealer_id=DEALER, **given), office.clock())


async def said(office: PostOffice, **contact: Any) -> None:
    """The customer says something, and everybody works."""
    await recorded(office, **contact)
    await office.settle()


async def test_an_inbound_contact_is_acknowledged_as_a_message_is(office: PostOffice) -> None:
    await office.open()
    await office.meet()
    await said(office, channel="message")
    assert office.mail.to("ana@example.pt") == ["We have received your message"]
    assert "11:00" in office.mail.text_to("ana@example.pt")


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
async def test_a_contact_that_says_how_it_came_is_one_too(office: PostOffice, channel: str) -> None:
    await office.open()
    await office.meet()
    await said(office, channel=channel)
    assert office.mail.to("ana@example.pt") == ["We have received your message"]
    assert "11:00" in office.mail.text_to("ana@example.pt")


async def test_each_is_acknowledged_whether_a_clock_began_with_it_or_not(office: PostOffice) -> None:
    await office.open()
    await office.meet()
    for channel in ("email", "email", "message", "telephone"):
        await said(office, channel=channel)
    await said(office, channel="email", kind="courtesy")
    assert len(office.mail.to("ana@example.pt")) == 3
