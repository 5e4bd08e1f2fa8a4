"""The timers that documents show."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.sla.values import Timer
from shared.timers.rows import load_timers


async def timers_of(
    connection: AsyncConnection, dealer_id: str, *, task_ids: Collection[str] = (), case_ids: Collection[str] = ()
) -> list[Timer]:
    """The timers of these tasks, and of these cases and all their tasks, ended ones too, oldest first."""
    return await load_timers(
        connection,
        cases=[(dealer_id, case_id) for case_id in case_ids],
        tasks=[(dealer_id, task_id) for task_id in task_ids],
    )
