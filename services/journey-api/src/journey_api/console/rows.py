"""A task as a row of a list: its clock, its title, whom it is for, who hands it to whom, what may be done with it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.console.countdown import Countdown, countdown
from journey_api.console.visit import Visit
from journey_api.tasks.shown import load_people, show_task
from shared.lifecycle import Task
from shared.sla.store import timers_of
from shared.sla.types import Timer
from shared.tasks.documents import title_of

Lane = Literal["offers", "mine", "waiting", "queue", "completed", "others"]
_LATE: Final = {"breached": 0, "warning": 1, "running": 2, "closed": 3, "paused": 4, "met": 5}


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One row. `actions` are those of the contract that the person may post now, the first one the main one."""

    task: Task
    title: str
    customer: str | None
    vehicle: str | None
    from_role: str
    to_role: str
    occurrence: str | None
    source: str | None
    holder: str | None
    clocks: tuple[Countdown, ...]
    actions: tuple[str, ...]

    @property
    def clock(self) -> Countdown | None:
        """The clock that counts most: a breached one, else the one that is due first."""
        return self.clocks[0] if self.clocks else None


async def load_rows(visit: Visit, tasks: Sequence[Task], person: str | None) -> list[TaskRow]:
    """The rows of these tasks, in their order, with what the person may do."""
    people = await load_people(visit.connection, tasks)
    clocks = await load_clocks(visit.connection, tasks)
    texts, language = visit.stack.playbook.texts, visit.viewer.language
    rows = []
    for task in tasks:
        words = show_task(task, (), people, texts, language)
        occurrence = task.why.get("occurrence")
        rows.append(
            TaskRow(
                task=task,
                title=title_of(task, language),
                customer=words["customer"],
                vehicle=words["vehicle"],
                from_role=words["from_role"] or task.from_role,
                to_role=words["to_role"] or task.to_role,
                occurrence=texts.find("occurrences", occurrence, language) if occurrence else None,
                source=task.why.get("source"),
                holder=words["assignee"] or words["offered_to"],
                clocks=sorted_clocks(visit, clocks.get(task.task_id, ()), task),
                actions=actions_of(task, person),
            )
        )
    return rows


async def load_clocks(connection: AsyncConnection, tasks: Sequence[Task]) -> dict[str, list[Timer]]:
    """By task its own clocks and its case's."""
    found: dict[str, list[Timer]] = {}
    for dealer_id in sorted({task.dealer_id for task in tasks}):
        own = [task for task in tasks if task.dealer_id == dealer_id]
        cases = sorted({task.case_id for task in own if task.case_id})
        timers = await timers_of(connection, dealer_id, task_ids=[task.task_id for task in own], case_ids=cases)
        for task in own:
            found[task.task_id] = [
                timer
                for timer in timers
                if timer.task_id == task.task_id or (timer.task_id is None and timer.case_id == task.case_id)
            ]
    return found


def sorted_clocks(visit: Visit, timers: Collection[Timer], task: Task) -> tuple[Countdown, ...]:
    """The clocks that are shown: the live ones; of an ended task those that ended with it. Most pressing first."""
    shown = [timer for timer in timers if timer.live or (not task.is_open and timer.task_id == task.task_id)]
    counted = [countdown(timer, visit.now, visit.zone, visit.texts) for timer in shown]
    return tuple(sorted(counted, key=lambda one: (_LATE[one.state] > 0, one.due_at, one.timer_id)))


def actions_of(task: Task, person: str | None) -> tuple[str, ...]:
    """What a person of the role may post now (contract, the action table); nothing without a person."""
    if person is None:
        return ()
    if task.assignee_id == person:
        return _WORKING.get(task.status, ())
    if task.status == "offered" and task.offered_to in (person, None):
        return ("accept", "decline")
    return ("acknowledge",) if task.status == "open" else ()


_WORKING: Final[Mapping[str, tuple[str, ...]]] = {
    "accepted": ("complete", "wait", "reassign"),
    "waiting": ("resume", "complete", "reassign"),
    "acknowledged": ("complete", "reassign"),
}


def lane_of(task: Task, person: str | None) -> Lane:
    """Where a task stands on a board."""
    if not task.is_open:
        return "completed" if task.assignee_id == person else "others"
    if task.status == "offered" and task.offered_to == person and person is not None:
        return "offers"
    if task.assignee_id is not None:
        if task.assignee_id != person:
            return "others"
        return "waiting" if task.status == "waiting" else "mine"
    return "queue" if task.offered_to is None else "others"


def start_of_day(now: datetime, visit: Visit) -> datetime:
    """Midnight where the dealer is."""
    return now.astimezone(visit.zone).replace(hour=0, minute=0, second=0, microsecond=0)
