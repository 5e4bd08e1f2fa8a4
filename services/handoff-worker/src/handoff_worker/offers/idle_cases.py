"""Cases on which nothing has happened for long enough close by themselves."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.commands.close_case import close_idle
from shared.playbook.ruleset.entries import Playbook
from shared.sla.store.due_subjects import DueSubject


async def close_idle_cases(
    connection: AsyncConnection, playbook: Playbook, due: Sequence[DueSubject], now: datetime
) -> int:
    """Close those of these cases that are idle, have the others looked at later; answers how many were closed.

    The caller holds the customers' locks.
    """
    return await close_idle(connection, playbook, {(one.dealer_id, one.subject_id) for one in due}, now)
