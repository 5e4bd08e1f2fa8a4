"""A task as a row of a list: its clock, its title, whom it is for, who hands it to whom, what may be done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Final, Literal

from journey_api.console.countdown import Countdown
from journey_api.console.possible_actions import possible_actions
from journey_api.console.task_clocks import count_clocks, load_clocks, load_first_clocks
from journey_api.console.visit import Visit
from journey_api.tasks.shown import customer_name, load_people, staff_name, vehicle_name
from shared.lifecycle import RANKS, Actor, Task
from shared.playbook.routing.case_owner import Owner
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
class Arrow:
    """Who hands what to whom, and by which rule, in words: the same in the rows of many tasks."""

    kind: str
    from_role: str
    to_role: str
    entry: str
    occurrence: str | None
    source: str | None


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
    arrow: Arrow
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


@dataclass(frozen=True, slots=True)
class Names:
    """Whom a task is for, by id where there is no name, and who has it, in words."""

    customer: str | None
    vehicle: str | None
    holder: str | None


async def load_rows(visit: Visit, tasks: Sequence[Task], actor: Actor | None, sort: Sort = "due") -> list[TaskRow]:
    """The rows of these tasks, in their order, each with the clock that counts most and what the person may do.

    `sort` decides what their `order` says.
    """
    people, language = await load_people(visit.connection, tasks), visit.viewer.language
    clocks, arrow_of = await load_first_clocks(visit, tasks), cache(partial(_arrow, visit))
    rows = []
    for task in tasks:
        holder = people.staff.get((task.dealer_id, task.assignee_id or task.offered_to or ""))
        customer = people.customers.get((task.dealer_id, task.customer_id or ""))
        called = customer_name(customer, language) or task.customer_id
        names = Names(called, vehicle_name(task, people), staff_name(holder))
        shown = count_clocks(visit, clocks.get(task.task_id, ()), task)
        rows.append(_row(visit, task, names, arrow_of(*_arrow_ids(task)), shown, actor, sort=sort))
    return rows


async def load_whole_row(
    visit: Visit, task: Task, names: Names, actor: Actor | None, owner: Owner | None = None
) -> TaskRow:
    """The row of a single task, with all its clocks; `owner` of its case."""
    shown = count_clocks(visit, (await load_clocks(visit, [task]))[task.task_id], task)
    return _row(visit, task, names, _arrow(visit, *_arrow_ids(task)), shown, actor, owner)


def _row(
    visit: Visit,
    task: Task,
    names: Names,
    arrow: Arrow,
    clocks: tuple[Countdown, ...],
    actor: Actor | None,
    owner: Owner | None = None,
    sort: Sort = "due",
) -> TaskRow:
    return TaskRow(
        task=task,
        lane=lane_of(task, actor.staff_id if actor else None),
        order=order_of(task, clocks, sort),
        title=title_of(visit.stack.playbook, task, visit.viewer.language),
        customer=names.customer,
        vehicle=names.vehicle,
        arrow=arrow,
        holder=names.holder,
        clocks=clocks,
        actions=possible_actions(task, actor, owner),
    )


def _arrow_ids(task: Task) -> tuple[str, str, str, str, str | None, str | None]:
    return task.kind, task.from_role, task.to_role, task.entry, task.why.get("occurrence"), task.why.get("source")


def _arrow(
    visit: Visit, kind: str, from_role: str, to_role: str, entry: str, occurrence: str | None, source: str | None
) -> Arrow:
    texts, language = visit.stack.playbook.texts, visit.viewer.language
    return Arrow(
        kind=kind,
        from_role=texts.text("roles", from_role, language),
        to_role=texts.text("roles", to_role, language),
        entry=entry,
        occurrence=texts.find("occurrences", occurrence, language) if occurrence else None,
        source=source,
    )


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
    return open_lane(task.status, task.assignee_id, task.offered_to, person)


def open_lane(status: str, assignee_id: str | None, offered_to: str | None, person: str | None) -> Lane | None:
    """Where an open task stands."""
    if assignee_id is not None:
        if person not in (None, assignee_id):
            return None
        return "waiting" if status == "waiting" else "mine"
    if offered_to is not None:
        return "offers" if person in (None, offered_to) else None
    # nobody is asked by name to join: every person of the role is
    return "offers" if status == "open" and person is not None else "queue"


def start_of_day(now: datetime, visit: Visit) -> datetime:
    """Midnight where the dealer is."""
    return now.astimezone(visit.zone).replace(hour=0, minute=0, second=0, microsecond=0)
