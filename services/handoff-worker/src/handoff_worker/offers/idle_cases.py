"""Cases on which nothing has happened for long enough close by themselves."""

from collections.abc import Sequence

from shared.commands.close_case import close_idle
from shared.sla.store.due_subjects import DueSubject
from shared.tasks.unit_of_work import TaskChanges


async def close_idle_cases(changes: TaskChanges, due: Sequence[DueSubject]) -> int:
    """Close those of these cases that are idle, have the others looked at later; answers how many were closed.

    The caller holds the customers' locks, and publishes.
    """
    return await close_idle(changes, {(one.dealer_id, one.subject_id) for one in due})
