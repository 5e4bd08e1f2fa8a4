"""Waits that have ended: the task is its holder's to work on again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.commands.change_task import resume_waits
from shared.sla.store.due_subjects import DueSubject


async def end_waits(connection: AsyncConnection, due: Sequence[DueSubject], now: datetime) -> int:
    """Resume the tasks whose wait ended at these instants; answers how many. The caller holds the customers' locks."""
    return await resume_waits(connection, {one.subject_id: one.fire_at for one in due}, now)
