"""The loops of the notifier: they stop when asked, a failing job is done again, the clock is remembered."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from harness.dealership import DEALER
from harness.stepped_services import SteppedServices
from notifier.main import loops_of
from notifier.timers.clock_position import keep_clock_seen
from shared.commands.record_contact import NewContact, record_contact
from shared.db.engine import lock_keys, record_key
from shared.db.schema import clock_anchor
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.playbook.ruleset.loader import playbook
from shared.process.periodic import SECOND, periodic

pytestmark = pytest.mark.database


async def seen_at(services: SteppedServices) -> datetime:
    """How far domain time is known to have come."""
    (row,) = await services.rows(select(clock_anchor.c.seen_at))
    at: datetime = row["seen_at"]
    return at


async def test_domain_time_is_remembered_and_never_goes_back(services: SteppedServices) -> None:
    now = services.clock()
    async with services.database.transaction() as connection:
        anchor = {"id": 1, "wall_clock_at": now, "domain_at": now, "rate": 1.0, "seen_at": now}
        await connection.execute(insert(clock_anchor).values(anchor))
    later = services.clock.advance(timedelta(minutes=5))
    await keep_clock_seen(services.database, services.clock)
    assert await seen_at(services) == later
    await keep_clock_seen(services.database, lambda: now)
    assert await seen_at(services) == later


async def test_a_chore_that_fails_is_done_again() -> None:
    stop, tries = asyncio.Event(), []

    async def job() -> None:
        tries.append(1)
        if len(tries) == 3:
            stop.set()
        raise RuntimeError("not this time")

    await periodic(SECOND / 1000, "job", job)(stop)
    assert len(tries) == 3


async def test_every_loop_stops_when_asked(services: SteppedServices) -> None:
    stop = asyncio.Event()
    loops = loops_of(services.database, services.clock, services.channels, NotifyListener(services.database))
    running = [asyncio.create_task(loop(stop)) for loop in loops.values()]
    await asyncio.sleep(0)
    stop.set()
    async with asyncio.timeout(60):
        await asyncio.gather(*running)
    assert set(loops) >= {
        "consumer",
        "tick",
        "dispatch",
        "held",
        "unconfirmed",
        "receipts",
        "staff_messages",
        "clock_seen",
    }


async def recorded(services: SteppedServices, **contact: Any) -> None:
    """The customer says something."""
    given = {"customer_id": "C-1", "direction": "inbound", "at": services.clock(), **contact}
    async with services.database.transaction() as connection:
        await lock_keys(connection, [record_key(DEALER, "C-1")])
        await record_contact(connection, playbook(), NewContact(dealer_id=DEALER, **given), services.clock())


async def said(services: SteppedServices, **contact: Any) -> None:
    """The customer says something, and everybody works."""
    await recorded(services, **contact)
    await services.settle()


async def test_an_inbound_contact_is_acknowledged_as_a_message_is(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await said(services, channel="message")
    assert services.mail.to("ana@example.pt") == ["We have received your message"]
    assert "11:00" in services.mail.text_to("ana@example.pt")


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
async def test_a_contact_that_says_how_it_came_is_one_too(services: SteppedServices, channel: str) -> None:
    await services.open_dealer()
    await services.add_customer()
    await said(services, channel=channel)
    assert services.mail.to("ana@example.pt") == ["We have received your message"]
    assert "11:00" in services.mail.text_to("ana@example.pt")


@pytest.mark.parametrize(
    ("channel", "kind", "mails"),
    [("email", None, 1), ("message", None, 1), ("telephone", None, 0), ("email", "courtesy", 0)],
)
async def test_what_was_written_is_acknowledged_whether_a_clock_began_with_it_or_not(
    services: SteppedServices, channel: str, kind: str | None, mails: int
) -> None:
    await services.open_dealer()
    await services.add_customer()
    await said(services, channel=channel, kind=kind)
    assert len(services.mail.to("ana@example.pt")) == mails
