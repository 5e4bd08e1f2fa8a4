"""The scheduler sleeps until something is due, and is woken where something nearer comes up."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from harness.stepped_services import SteppedServices
from notifier.timers.scheduler import TimerScheduler
from shared.db.schema import outbox
from shared.messaging.postgres.pg_notify import DUE, SOON, listen
from shared.process.shutdown import pause
from shared.sla.store.due_subjects import TIMER_DUE, DueSubject, schedule

pytestmark = pytest.mark.database
_MOMENT = timedelta(milliseconds=10)


@pytest.mark.parametrize(("ahead", "announced"), [(-1, True), (0, True), (30, True), (31, False), (3600, False)])
async def test_what_is_due_before_the_next_look_is_announced(
    services: SteppedServices, ahead: int, announced: bool
) -> None:
    heard, stop = asyncio.Event(), asyncio.Event()
    listening = asyncio.create_task(listen(services.database, {DUE: heard, "handoff_test": stop}, stop))
    assert timedelta(seconds=30) == SOON
    async with asyncio.timeout(60):
        while not stop.is_set():
            # the second hint comes behind the first, on a connection that may not be listening yet
            await _schedule(services, timedelta(seconds=ahead), "handoff_test")
            await pause(stop, _MOMENT)
        await listening
    assert heard.is_set() is announced


async def test_a_sleeping_scheduler_fires_what_came_up(services: SteppedServices) -> None:
    scheduler, stop = TimerScheduler(services.database, services.clock), asyncio.Event()
    scheduler._longest = timedelta(hours=1)
    working = asyncio.gather(scheduler.run(stop), listen(services.database, {DUE: scheduler.wake}, stop))
    fired = select(outbox.c.seq).where(outbox.c.type == TIMER_DUE)
    async with asyncio.timeout(60):
        for number in (1, 2, 3):
            while len(await services.rows(fired)) < number:
                # again and again, for the first time nobody may listen yet
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
