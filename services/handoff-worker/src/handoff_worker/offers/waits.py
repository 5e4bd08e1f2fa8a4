"""Waits that have ended: the task is its holder's to work on again."""

from collections.abc import Sequence

from shared.commands.change_task import resume_waits
from shared.sla.store.due_subjects import DueSubject
from shared.tasks.unit_of_work import TaskChanges


async def end_waits(changes: TaskChanges, due: Sequence[DueSubject]) -> int:
    """Resume the tasks whose wait ended at these instants; answers how many.

    The caller holds the customers' locks, and publishes.
    """
    return await resume_waits(changes, {one.subject_id: one.fire_at for one in due})
