"""The timers that documents show."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.lifecycle import Task
from shared.sla.store.documents import ShortTimer, short_document
from shared.sla.store.timers import load_timers
from shared.sla.types import Timer


async def timers_of(
    connection: AsyncConnection, dealer_id: str, *, task_ids: Collection[str] = (), case_ids: Collection[str] = ()
) -> list[Timer]:
    """The timers of these tasks, and of these cases and all their tasks, ended ones too, oldest first."""
    return await load_timers(
        connection,
        cases=[(dealer_id, case_id) for case_id in case_ids],
        tasks=[(dealer_id, task_id) for task_id in task_ids],
    )


async def load_short_timers(
    connection: AsyncConnection, dealer_id: str, tasks: Sequence[Task]
) -> dict[str, list[ShortTimer]]:
    """By task the short forms of its own timers and its case's, oldest first."""
    case_ids = sorted({task.case_id for task in tasks if task.case_id})
    task_ids = sorted({task.task_id for task in tasks if not task.case_id})
    timers = await timers_of(connection, dealer_id, task_ids=task_ids, case_ids=case_ids)
    of_cases: dict[str | None, list[Timer]] = defaultdict(list)
    of_tasks: dict[str, list[Timer]] = defaultdict(list)
    for timer in timers:
        of_cases[timer.case_id].append(timer)
        of_tasks[timer.task_id or ""].append(timer)
    return {
        task.task_id: short_timers(task.task_id, of_cases[task.case_id] if task.case_id else of_tasks[task.task_id])
        for task in tasks
    }


def short_timers(task_id: str, timers: Iterable[Timer]) -> list[ShortTimer]:
    """Of the timers of a case with all its tasks: the task's own and the case's."""
    return [
        short_document(timer)
        for timer in timers
        if (timer.subject == "task" and timer.task_id == task_id) or timer.subject == "case"
    ]
