"""The timers that documents show."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Text, and_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import sla_timer
from shared.lifecycle import Task
from shared.sla.store.documents import ShortTimer, short_document
from shared.sla.store.timers import LIVE_STATES, load_timers, timers_of_rows
from shared.sla.types import Timer

_ASKED: Final = (
    func.unnest(bindparam("tasks", type_=ARRAY(Text)), bindparam("cases", type_=ARRAY(Text)))
    .table_valued("task_id", "case_id")
    .render_derived()
)
# read by case first: with the state in sight PostgreSQL may take the dealer's live timers once more for each task
_TIMERS: Final = (
    select(sla_timer)
    .where(in_keys(sla_timer.c.dealer_id, sla_timer.c.case_id))
    .cte("timers")
    .prefix_with("MATERIALIZED")
)
_LATE: Final = or_(
    _TIMERS.c.breached_at.is_not(None),
    and_(_TIMERS.c.state == "running", _TIMERS.c.due_at < bindparam("now", type_=sla_timer.c.due_at.type)),
)
_FIRST: Final = (
    select(_ASKED.c.task_id.label("asked"), _TIMERS)
    .join(_ASKED, _TIMERS.c.case_id == _ASKED.c.case_id)
    .where(_TIMERS.c.state.in_(LIVE_STATES), _TIMERS.c.subject != "promise")
    .where(or_(_TIMERS.c.task_id.is_(None), _TIMERS.c.task_id == _ASKED.c.task_id))
    .ext(distinct_on(_ASKED.c.task_id))
    .order_by(_ASKED.c.task_id, _LATE.desc(), _TIMERS.c.due_at, _TIMERS.c.timer_id)
)


async def timers_of(
    connection: AsyncConnection, dealer_id: str, *, task_ids: Collection[str] = (), case_ids: Collection[str] = ()
) -> list[Timer]:
    """The timers of these tasks, and of these cases and all their tasks, ended ones too, oldest first."""
    return await load_timers(
        connection,
        cases=[(dealer_id, case_id) for case_id in case_ids],
        tasks=[(dealer_id, task_id) for task_id in task_ids],
    )


async def first_timers(
    connection: AsyncConnection, dealer_id: str, cases: Mapping[str, str], now: datetime
) -> dict[str, Timer]:
    """By task the live timer that presses most, of its own and its case's: a late one, else the one due first.

    `cases`: by task its case. Those of promises are left out. Late is compared in whole seconds (timers 5.1).
    """
    asked = {"tasks": list(cases), "cases": list(cases.values()), "now": now.replace(microsecond=0)}
    keys = unnest_keys((dealer_id, case_id) for case_id in cases.values())
    rows = (await connection.execute(_FIRST, asked | keys)).mappings().all()
    return dict(zip((row["asked"] for row in rows), await timers_of_rows(connection, rows), strict=True))


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
