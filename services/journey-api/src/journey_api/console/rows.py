"""A task as a row of a list: its clock, its title, whom it is for, who hands it to whom, what may be done with it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.console.countdown import Countdown, countdown, is_late
from journey_api.console.possible_actions import possible_actions
from journey_api.console.visit import Visit
from journey_api.tasks.shown import load_people, show_task
from shared.lifecycle import RANKS, Actor, Task
from shared.playbook.routing.case_owner import Owner
from shared.sla.store import timers_of
from shared.sla.types import Timer
from shared.tasks.documents import title_of

Lane = Literal["offers", "mine", "waiting", "queue", "suggestions", "completed"]
LANES: Final[tuple[Lane, ...]] = ("offers", "mine", "waiting", "queue", "suggestions", "completed")
Sort = Literal["due", "priority", "newest"]
SORTS: Final[tuple[Sort, ...]] = ("due", "priority", "newest")
QUICK: Final = frozenset({"accept", "acknowledge", "resume"})
"""Actions that need no further word: a button, not a form to open."""

_LATE: Final = "breached"
_NEVER: Final = "9999"
_FAR: Final = 10**16
"""Microseconds since the epoch that no instant of a task reaches."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One row. `actions` are those of the contract that the person may post now, the first one the main one.

    `lane` None: somebody else's. `order` sorts the rows of a lane as text, most pressing first.
    """

    task: Task
    lane: Lane | None
    order: str
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

    @property
    def row_actions(self) -> tuple[str, ...]:
        """What the row itself offers: the main action, and declining what is offered to the person."""
        return tuple(
            one for one in self.actions if one == self.actions[0] or (one == "decline" and self.lane == "offers")
        )


async def load_rows(
    visit: Visit,
    tasks: Sequence[Task],
    actor: Actor | None,
    owner: Owner | None = None,
    *,
    every_clock: bool = False,
    sort: Sort = "due",
) -> list[TaskRow]:
    """The rows of these tasks, in their order, with what the person may do; `owner` of the case of a single one.

    Each has the clock that counts most, or with `every_clock` all of them. `sort` decides what their `order` says.
    """
    people = await load_people(visit.connection, tasks)
    clocks = await load_clocks(visit.connection, tasks)
    texts, language = visit.stack.playbook.texts, visit.viewer.language
    rows = []
    for task in tasks:
        words = show_task(task, (), people, texts, language)
        occurrence = task.why.get("occurrence")
        shown = count_clocks(visit, clocks.get(task.task_id, ()), task, None if every_clock else 1)
        lane = lane_of(task, actor.staff_id if actor else None)
        rows.append(
            TaskRow(
                task=task,
                lane=lane,
                order=order_of(task, shown, sort),
                title=title_of(visit.stack.playbook, task, language),
                customer=words["customer"],
                vehicle=words["vehicle"],
                from_role=words["from_role"] or task.from_role,
                to_role=words["to_role"] or task.to_role,
                occurrence=texts.find("occurrences", occurrence, language) if occurrence else None,
                source=task.why.get("source"),
                holder=words["assignee"] or words["offered_to"],
                clocks=shown,
                actions=possible_actions(task, actor, owner),
            )
        )
    return rows


async def load_clocks(connection: AsyncConnection, tasks: Sequence[Task]) -> dict[str, list[Timer]]:
    """By task its own clocks and its case's; those of promises are shown with them."""
    found: dict[str, list[Timer]] = {}
    for dealer_id in sorted({task.dealer_id for task in tasks}):
        own = [task for task in tasks if task.dealer_id == dealer_id]
        cases = sorted({task.case_id for task in own if task.case_id})
        # a case's timers are those of its tasks too
        alone = [task.task_id for task in own if not task.case_id]
        timers = await timers_of(connection, dealer_id, task_ids=alone, case_ids=cases)
        by_task: dict[str | None, list[Timer]] = {}
        by_case: dict[str | None, list[Timer]] = {}
        for timer in (one for one in timers if one.subject != "promise"):
            (by_case if timer.task_id is None else by_task).setdefault(timer.task_id or timer.case_id, []).append(timer)
        for task in own:
            of_case = by_case.get(task.case_id, []) if task.case_id else []
            found[task.task_id] = [*by_task.get(task.task_id, []), *of_case]
    return found


def count_clocks(visit: Visit, timers: Collection[Timer], task: Task, most: int | None = None) -> tuple[Countdown, ...]:
    """The clocks that are shown, the most pressing first, `most` of them: the live ones.

    Of an ended task those that ended with it.
    """
    shown = [timer for timer in timers if (timer.live if task.is_open else timer.task_id == task.task_id)]
    shown.sort(key=lambda one: (not is_late(one, visit.now), one.due_at, one.timer_id))
    return tuple(countdown(timer, visit.now, visit.zone, visit.texts) for timer in shown[:most])


def order_of(task: Task, clocks: Sequence[Countdown], sort: Sort = "due") -> str:
    """The place of a task in its lane; ended ones always newest first.

    `due`: overdue first, then by due time and priority. `priority`: by priority, then as by `due`.
    """
    if not task.is_open:
        return _newest_first(task, task.updated_at)
    if sort == "newest":
        return _newest_first(task, task.created_at)
    clock = next(iter(clocks), None)
    late = clock is not None and clock.state == _LATE
    due = f"{'0' if late else '1'}{clock.due_at.isoformat() if clock else _NEVER}"
    rank = RANKS[task.priority]
    first = f"{rank} {due}" if sort == "priority" else f"{due} {rank}"
    return f"{first} {task.created_at.isoformat()} {task.task_id}"


def _newest_first(task: Task, at: datetime) -> str:
    return f"{_FAR - round(at.timestamp() * 10**6):017}{task.task_id}"


def lane_of(task: Task, person: str | None) -> Lane | None:
    """Where a task stands on the board of a person of its role, or of nobody; None: it is somebody else's."""
    if not task.is_open:
        return "completed" if task.status == "completed" and person in (None, task.assignee_id) else None
    if task.assignee_id is not None:
        if person not in (None, task.assignee_id):
            return None
        return "waiting" if task.status == "waiting" else "mine"
    if task.offered_to is not None:
        return "offers" if person in (None, task.offered_to) else None
    # nobody is asked by name to join: every person of the role is
    return "offers" if task.status == "open" and person is not None else "queue"


def start_of_day(now: datetime, visit: Visit) -> datetime:
    """Midnight where the dealer is."""
    return now.astimezone(visit.zone).replace(hour=0, minute=0, second=0, microsecond=0)
