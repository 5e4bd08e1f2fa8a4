"""What time alone brings about: waits end, queues are offered, idle cases close, the clock is remembered."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from handoff_worker.jobs.jobs import close_idle_cases, offer_queues, resume_waits
from harness.dealership import DEALER
from harness.names import INFOTAINMENT_TO_PRODUCT_SPECIALIST, REPAIR_STATUS_CHANGED, REPAIR_VEHICLE
from harness.stepped_services import SteppedServices
from notifier.main import loops_of
from notifier.timers.clock_position import keep_clock_seen
from shared.commands.record_contact import NewContact, record_contact
from shared.db.engine import lock_keys, record_key
from shared.db.schema import clock_anchor, journey_case, staff
from shared.process.periodic import SECOND, every

pytestmark = pytest.mark.database


async def test_a_wait_ends_by_itself(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message()
    await services.settle()
    (task,) = await services.tasks(INFOTAINMENT_TO_PRODUCT_SPECIALIST)
    await services.act(task["task_id"], "accept", "PS-1")
    await services.act(task["task_id"], "wait", "PS-1", reason="parts", until=services.clock() + timedelta(hours=2))
    services.clock.advance(timedelta(hours=1))
    assert await resume_waits(services.database, services.clock) == 0
    services.clock.advance(timedelta(hours=1))
    assert await resume_waits(services.database, services.clock) == 1
    assert [row["status"] for row in await services.tasks(INFOTAINMENT_TO_PRODUCT_SPECIALIST)] == ["accepted"]


async def test_a_queue_is_offered_when_somebody_turns_up(services: SteppedServices) -> None:
    await services.open_dealer({"PS-1": {"roles": ["product_specialist"], "presence": "away"}})
    await services.add_customer()
    await services.post_infotainment_message()
    await services.settle()
    assert await offer_queues(services.database, services.clock) == 0
    async with services.database.transaction() as connection:
        await connection.execute(update(staff).values(record={"name": "Person", "roles": ["product_specialist"]}))
    assert await offer_queues(services.database, services.clock) == 1
    assert [row["offered_to"] for row in await services.tasks(INFOTAINMENT_TO_PRODUCT_SPECIALIST)] == ["PS-1"]


async def test_an_idle_case_closes(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.settle()
    services.clock.advance(timedelta(days=13))
    assert await close_idle_cases(services.database, services.clock) == 0
    services.clock.advance(timedelta(days=2))
    assert await close_idle_cases(services.database, services.clock) == 1
    assert [row["status"] for row in await services.rows(select(journey_case.c.status))] == ["closed"]


async def seen_at(services: SteppedServices) -> datetime:
    """How far domain time is known to have come."""
    (row,) = await services.rows(select(clock_anchor.c.seen_at))
    at: datetime = row["seen_at"]
    return at


async def test_domain_time_is_remembered_and_never_goes_back(services: SteppedServices) -> None:
    now = services.clock()
    async with services.database.transaction() as connection:
        anchor = {"id": 1, "real_at": now, "domain_at": now, "rate": 1.0, "seen_at": now}
        await connection.execute(insert(clock_anchor).values(anchor))
    later = services.clock.advance(timedelta(minutes=5))
    await keep_clock_seen(services.database, services.clock)
    assert await seen_at(services) == later
    await keep_clock_seen(services.database, lambda: now)
    assert await seen_at(services) == later


async def test_a_chore_that_fails_is_done_again() -> None:
    stop, tries = asyncio.Event(), []

    async def chore() -> None:
        tries.append(1)
        if len(tries) == 3:
            stop.set()
        raise RuntimeError("not this time")

    await every(SECOND / 1000, "chore", chore)(stop)
    assert len(tries) == 3


async def test_every_loop_stops_when_asked(services: SteppedServices) -> None:
    stop = asyncio.Event()
    loops = loops_of(services.database, services.clock, services.channels)
    running = [asyncio.create_task(loop(stop)) for loop in loops.values()]
    await asyncio.sleep(0)
    stop.set()
    async with asyncio.timeout(60):
        await asyncio.gather(*running)
    assert set(loops) >= {"hearing", "tick", "dispatch", "held", "silence", "receipts", "speaking", "clock_seen"}


async def recorded(services: SteppedServices, **contact: Any) -> None:
    """The customer says something."""
    given = {"customer_id": "C-1", "direction": "inbound", "at": services.clock(), **contact}
    async with services.database.transaction() as connection:
        await lock_keys(connection, [record_key(DEALER, "C-1")])
        await record_contact(connection, NewContact(dealer_id=DEALER, **given), services.clock())


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


async def test_each_is_acknowledged_whether_a_clock_began_with_it_or_not(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    for channel in ("email", "email", "message", "telephone"):
        await said(services, channel=channel)
    await said(services, channel="email", kind="courtesy")
    assert len(services.mail.to("ana@example.pt")) == 3
