"""The clocks of tasks as they are shown: a task's own and its case's, the most pressing first."""

from collections.abc import Collection, Sequence

from journey_api.console.countdown import Countdown, countdown, is_late
from journey_api.console.visit import Visit
from shared.lifecycle import Task
from shared.sla.store import first_timers, timers_of
from shared.sla.types import Timer


async def load_first_clocks(visit: Visit, tasks: Sequence[Task]) -> dict[str, list[Timer]]:
    """As `load_clocks`, but of open tasks only the one that counts most."""
    cases: dict[str, dict[str, str]] = {}
    others = []
    for task in tasks:
        if task.is_open and task.case_id:
            cases.setdefault(task.dealer_id, {})[task.task_id] = task.case_id
        else:
            others.append(task)
    found = await load_clocks(visit, others)
    for dealer_id, of_tasks in cases.items():
        first = await first_timers(visit.connection, dealer_id, of_tasks, visit.now)
        found |= {task_id: [timer] for task_id, timer in first.items()}
    return found


async def load_clocks(visit: Visit, tasks: Sequence[Task]) -> dict[str, list[Timer]]:
    """By task its own clocks and its case's; those of promises are shown with them."""
    found: dict[str, list[Timer]] = {}
    for dealer_id in sorted({task.dealer_id for task in tasks}):
        own = [task for task in tasks if task.dealer_id == dealer_id]
        cases = sorted({task.case_id for task in own if task.case_id})
        # a case's timers are those of its tasks too
        alone = [task.task_id for task in own if not task.case_id]
        timers = await timers_of(visit.connection, dealer_id, task_ids=alone, case_ids=cases)
        by_task: dict[str | None, list[Timer]] = {}
        by_case: dict[str | None, list[Timer]] = {}
        for timer in (one for one in timers if one.subject != "promise"):
            (by_case if timer.task_id is None else by_task).setdefault(timer.task_id or timer.case_id, []).append(timer)
        for task in own:
            of_case = by_case.get(task.case_id, []) if task.case_id else []
            found[task.task_id] = [*by_task.get(task.task_id, []), *of_case]
    return found


def count_clocks(visit: Visit, timers: Collection[Timer], task: Task) -> tuple[Countdown, ...]:
    """The clocks that are shown, the most pressing first: the live ones; of an ended task those that ended with it."""
    shown = [timer for timer in timers if (timer.live if task.is_open else timer.task_id == task.task_id)]
    shown.sort(key=lambda one: (not is_late(one, visit.now), one.due_at, one.timer_id))
    return tuple(countdown(timer, visit.now, visit.zone, visit.texts) for timer in shown)
