"""The scheduler sleeps until something is due, and is woken where something nearer comes up."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from harness.stepped_services import SteppedServices
from harness.transports import listening
from notifier.timers.scheduler import TimerScheduler
from shared.db.schema import outbox
from shared.messaging.postgres.pg_notify import DUE, SOON
from shared.process.shutdown import pause
from shared.sla.store.due_subjects import TIMER_DUE, DueSubject, schedule

pytestmark = pytest.mark.database
_MOMENT = timedelta(milliseconds=10)


@pytest.mark.parametrize(("ahead", "announced"), [(-1, True), (0, True), (30, True), (31, False), (3600, False)])
async def test_what_is_due_before_the_next_look_is_announced(
    services: SteppedServices, ahead: int, announced: bool
) -> None:
    heard, behind = asyncio.Event(), asyncio.Event()
    assert timedelta(seconds=30) == SOON
    async with listening(services.database) as listener, asyncio.timeout(60):
        listener.set_on({DUE: heard, "handoff_test": behind})
        for event in (heard, behind):
            await event.wait()  # the look for what came before it listened
            event.clear()
        # the second hint comes behind the first
        await _schedule(services, timedelta(seconds=ahead), "handoff_test")
        await behind.wait()
    assert heard.is_set() is announced


async def test_a_sleeping_scheduler_fires_what_came_up(services: SteppedServices) -> None:
    scheduler, stop = TimerScheduler(services.database, services.clock), asyncio.Event()
    scheduler._longest = timedelta(hours=1)
    working = asyncio.create_task(scheduler.run(stop))
    fired = select(outbox.c.seq).where(outbox.c.type == TIMER_DUE)
    async with listening(services.database) as listener, asyncio.timeout(60):
        listener.set_on({DUE: scheduler.wake})
        for number in (1, 2, 3):
            while len(await services.rows(fired)) < number:
                await _schedule(services, timedelta(0), subject=f"C-{number}")
                await pause(stop, _MOMENT)
    stop.set()
    await working


async def _schedule(services: SteppedServices, ahead: timedelta, hint: str = "", subject: str = "C-1") -> None:
    now = services.clock()
    due = DueSubject("idle_case", services.dealer_id, subject, now + ahead)
    async with services.database.transaction() as connection:
        await schedule(connection, [due], now)
        if hint:
            await connection.execute(select(func.pg_notify(hint, "")))
