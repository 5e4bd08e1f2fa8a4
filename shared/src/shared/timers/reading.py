"""The timers that documents show."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.sla.values import Timer
from shared.timers.rows import load_timers


@dataclass(frozen=True)
class TimersOf:
    """Timers by what they belong to. Those of a case are its own; a task's own are beside them."""

    cases: Mapping[str, list[Timer]]
    tasks: Mapping[str, list[Timer]]

    def of_task(self, task_id: str, case_id: str | None) -> list[Timer]:
        """The timers a task shows: its own and its case's."""
        return [*self.tasks.get(task_id, ()), *self.cases.get(case_id or "", ())]

    def of_case(self, case_id: str) -> list[Timer]:
        """The timers of a case itself, its promises' too."""
        return list(self.cases.get(case_id, ()))


async def timers_of(
    connection: AsyncConnection, dealer_id: str, *, task_ids: Collection[str] = (), case_ids: Collection[str] = ()
) -> TimersOf:
    """The timers of these tasks and cases of a dealer, ended ones too, oldest first."""
    found = await load_timers(
        connection,
        cases=[(dealer_id, case_id) for case_id in case_ids],
        tasks=[(dealer_id, task_id) for task_id in task_ids],
    )
    cases: dict[str, list[Timer]] = defaultdict(list)
    tasks: dict[str, list[Timer]] = defaultdict(list)
    for timer in found:
        if timer.task_id:
            tasks[timer.task_id].append(timer)
        elif timer.case_id:
            cases[timer.case_id].append(timer)
    return TimersOf(cases, tasks)
