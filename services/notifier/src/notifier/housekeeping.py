"""What time alone brings about besides clocks: waits end, queues are offered, idle cases close, held messages go."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import select, text, update

from shared.clock import Clock
from shared.closing import close_idle
from shared.database import Database
from shared.offers import offer_queued
from shared.outages import is_outage
from shared.stopping import Loop, pause
from shared.tables import QUEUED_TASK, clock_anchor, journey_case, task
from shared.task_documents import playbook
from shared.tasks import resume_due

_log = structlog.get_logger()

SECOND: Final = timedelta(seconds=1)

Chore = Callable[[], Awaitable[object]]


def every(period: timedelta, name: str, chore: Chore, wake: asyncio.Event | None = None) -> Loop:
    """A loop that does a chore again and again, so much real time apart; one that fails does not end it.

    With `wake` it is done again as soon as that is set, and as long as it finds something.
    """
    woken = wake or asyncio.Event()

    async def run(stop: asyncio.Event) -> None:
        while not stop.is_set():
            woken.clear()
            try:
                found = await chore()
                if wake is not None and found:
                    continue
            except Exception as error:
                if is_outage(error):
                    _log.warning("database_away", chore=name, error=type(error).__name__)
                else:
                    _log.exception("chore_failed", chore=name)
            await pause(stop, period, woken)

    return run


def once(chore: Chore) -> Chore:
    """The chore as one that does not say what it found: what it had to leave is not tried again at once."""

    async def quiet() -> None:
        await chore()

    return quiet


async def resume_waits(database: Database, clock: Clock) -> int:
    """Resume the tasks whose wait is over; answers how many."""
    async with database.transaction() as connection:
        return await resume_due(connection, clock())


async def offer_queues(database: Database, clock: Clock) -> int:
    """Offer what lies in queues to whoever has turned up, dealer by dealer; answers how many found somebody."""
    async with database.transaction() as connection:
        dealers = list(await connection.scalars(select(task.c.dealer_id).where(text(QUEUED_TASK)).distinct()))
    found = 0
    for dealer_id in dealers:
        async with database.transaction() as connection:
            found += await offer_queued(connection, dealer_id, clock())
    return found


async def close_idle_cases(database: Database, clock: Clock) -> int:
    """Close the cases nothing has happened on for long enough, dealer by dealer; answers how many."""
    async with database.transaction() as connection:
        open_cases = select(journey_case.c.dealer_id).where(journey_case.c.status == "open").distinct()
        dealers = list(await connection.scalars(open_cases))
    closed = 0
    for dealer_id in dealers:
        async with database.transaction() as connection:
            closed += await close_idle(connection, playbook(), dealer_id, clock())
    return closed


async def keep_clock_seen(database: Database, clock: Clock) -> None:
    """Remember how far domain time has come, so that no later start begins before it."""
    now = clock()
    async with database.transaction() as connection:
        await connection.execute(update(clock_anchor).where(clock_anchor.c.seen_at < now).values(seen_at=now))
