"""When a task is due: the earliest of its own running clocks and those of its case."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.ids import CaseKey

# a filter, no condition on the state: before the first statistics a partial index of the dealer's running clocks
# looks smaller to the planner than the index of the case
_OF_CASES = """
    select t.task_id, (
        select min(s.due_at) filter (where s.state = 'running') from sla_timer s
         where s.dealer_id = t.dealer_id and s.case_id = t.case_id and (s.task_id is null or s.task_id = t.task_id)
           and s.subject in ('case', 'task')
    ) as due_at
      from task t
      join unnest(cast(:dealers as text[]), cast(:ids as text[])) as named(dealer_id, case_id)
        on t.dealer_id = named.dealer_id and t.case_id = named.case_id
"""
_OF_TASKS = """
    select t.task_id, (
        select min(s.due_at) filter (where s.state = 'running') from sla_timer s
         where s.dealer_id = t.dealer_id and s.task_id = t.task_id and s.subject = 'task'
    ) as due_at
      from task t
      join unnest(cast(:dealers as text[]), cast(:ids as text[])) as named(dealer_id, task_id)
        on t.dealer_id = named.dealer_id and t.task_id = named.task_id
"""
_UPDATE = """
update task set due_at = due.due_at from ({due}) as due
 where task.task_id = due.task_id and task.due_at is distinct from due.due_at
"""
_STATEMENTS = (text(_UPDATE.format(due=_OF_CASES)), text(_UPDATE.format(due=_OF_TASKS)))


async def update_due_times(
    connection: AsyncConnection, *, cases: Collection[CaseKey] = (), tasks: Collection[CaseKey] = ()
) -> None:
    """Bring `task.due_at` up to date for the tasks of these cases and for these tasks; keys are (dealer, id).

    Ended tasks too: lists hold them, in the order of the clocks they show.
    """
    for keys, statement in zip((cases, tasks), _STATEMENTS, strict=True):
        if keys:
            dealers, ids = zip(*sorted(set(keys)), strict=True)
            await connection.execute(statement, {"dealers": list(dealers), "ids": list(ids)})
