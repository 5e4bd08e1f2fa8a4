"""What time does to tasks and cases: waits end, queues are offered, idle cases close."""

from sqlalchemy import select, text

from shared.clock import Clock
from shared.commands.change_task import resume_due
from shared.commands.close_case import close_idle
from shared.commands.reoffer_task import offer_queued
from shared.db.engine import Database
from shared.db.schema import QUEUED_TASK, journey_case, task
from shared.playbook.ruleset.loader import playbook


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
