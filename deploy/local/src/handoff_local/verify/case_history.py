"""What is stored of a case, in the order it happened, and the case as it stood at any point of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any, Final

from shared.cases.case_lookup import CaseLookup, receive
from shared.cases.journey_events import StoredEvent, read_event, with_delivery_day
from shared.cases.playbook_view import vehicle_view
from shared.cases.store import Case
from shared.ids import VehicleKey
from shared.lifecycle import Task
from shared.people.dealers import dealer_view
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import AcceptedDeliver, CaseView, CustomerView, DealerView, Hop, JourneyEvent, OpenRecord
from shared.sla.facts import CaseClosed, CaseReopened, EventSeen, Fact, order_key
from shared.sla.policy.policy import Policies
from shared.sla.types import DueAction, Timer
from shared.vocabulary import OPEN_STATUSES

AT_ODDS: Final = timedelta(seconds=5)
"""How far the noted instants of two transactions may lie apart and their order still be the other way round.

Each notes the instant at which it began, before it waited for the customer's lock.
"""


@dataclass(frozen=True, slots=True)
class RoutedEvent:
    """A stored event with the row of its routing."""

    event: StoredEvent
    routing: Mapping[str, Any]

    @property
    def at(self) -> datetime:
        """When it was routed, domain time."""
        at: datetime = self.routing["routed_at"]
        return at


@dataclass(frozen=True, slots=True)
class TaskStep:
    """A row of a task's history."""

    task_id: str
    version: int
    at: datetime
    action: str
    by: str | None
    to_status: str
    outcome: str | None
    reason: str | None
    event_id: str | None
    entry: str | None


Step = RoutedEvent | TaskStep


@dataclass(frozen=True)
class Dealership:
    """A dealer's records as they are now; `written` says when each sort was last changed."""

    record: Mapping[str, Any]
    people: Collection[Mapping[str, Any]]
    policies: Policies
    written: Mapping[str, datetime] = field(default_factory=dict)

    def view(self, at: datetime) -> DealerView:
        """What routing would see of it at an instant, its records being those of today."""
        return dealer_view(self.record, self.people, at)


@dataclass(frozen=True)
class CaseHistory:
    """Everything stored of one case. `written`: when the records beside it were last changed.

    `elsewhere`: the events of it that tasks of other cases come of. `facts`: what its clocks were told. `awaited`: the
    keys of customers of whom what has become due is still on its way to the worker.
    """

    case: Case
    dealership: Dealership
    routed: Sequence[RoutedEvent] = ()
    tasks: Mapping[str, Task] = field(default_factory=dict)
    task_steps: Sequence[TaskStep] = ()
    timers: Sequence[Timer] = ()
    due: Mapping[str, frozenset[DueAction]] = field(default_factory=dict)
    facts: Sequence[Fact] = ()
    delivered: Mapping[VehicleKey, date] = field(default_factory=dict)
    customer: CustomerView | None = None
    written: Mapping[str, datetime] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()
    awaited: frozenset[str] = frozenset()

    def steps(self) -> list[Step]:
        """Events and changes of tasks in the order in which they were handled, as far as their instants tell."""
        return sorted([*self.routed, *self.task_steps], key=_order)

    def event(self, stored: StoredEvent) -> JourneyEvent:
        """An event as routing reads it."""
        return with_delivery_day(read_event(stored), self.delivered)

    def closed_since(self, at: datetime) -> bool:
        """Whether the case was closed then, or has been since: an instant tells which was noted first, not handled."""
        handled = {one.event.event_id: one.at for one in self.routed}
        undone = {one.opened: handled.get(one.fact_id) for one in self.facts if isinstance(one, EventSeen)}
        closed = False
        for fact in sorted(self.facts, key=order_key):
            if isinstance(fact, CaseClosed):
                closed = True
            elif isinstance(fact, CaseReopened):
                reopened = undone.get(order_key(fact))
                closed = reopened is None or reopened > at - AT_ODDS
        return closed

    def changed_since(self, at: datetime) -> str | None:
        """What of the records beside it is not what it was then, in words; None: all of it is."""
        return changed_since({**self.dealership.written, **self.written}, at)


def changed_since(written: Mapping[str, datetime], at: datetime) -> str | None:
    """The record that was written after an instant, in words; None where none was."""
    later = sorted(name for name, last in written.items() if last > at - AT_ODDS)
    return f"{later[0]} was changed afterwards" if later else None


def _order(step: Step) -> tuple[datetime, int, str, int]:
    if isinstance(step, RoutedEvent):
        return step.at, 0, step.event.event_id, 0
    return step.at, 1, step.task_id, step.version


class CaseViews:
    """A case as it stood at any point of its history.

    What it had learned is kept along the way last asked for: the ways to two events have most of it in common.
    """

    def __init__(self, history: CaseHistory, playbook: Playbook) -> None:
        self._history = history
        self._playbook = playbook
        self._way: list[StoredEvent] = []
        self._cases = [Case(history.case.dealer_id, history.case.case_id, history.case.customer_id, "open")]

    def after(self, steps: Iterable[Step]) -> CaseView | None:
        """The case as the next event would have met it after these steps; None before the first."""
        taken = list(steps)
        if not taken:
            return None
        tasks = self._history.tasks
        case = self._learned([step.event for step in taken if isinstance(step, RoutedEvent)])
        changes = [step for step in taken if isinstance(step, TaskStep)]
        status = {change.task_id: change.to_status for change in changes if change.task_id in tasks}
        accepted = {change.task_id for change in changes if change.action == "accepted"}
        known = sorted((tasks[one] for one in status), key=lambda task: (task.created_at, task.task_id))
        return CaseView(
            case_id=case.case_id,
            topics=case.topics,
            facts=case.facts,
            vehicle=vehicle_view(case.dealer_id, case.vehicle, self._history.delivered),
            open_records=tuple(_open_record(task) for task in known if status[task.task_id] in OPEN_STATUSES),
            returned_matters=tuple(_hops(tasks, changes)),
            accepted_delivers=tuple(
                AcceptedDeliver(task.from_role, task.to_role, task.matter, status[task.task_id] == "cancelled")
                for task in known
                if task.kind == "deliver" and task.task_id in accepted
            ),
        )

    def _learned(self, events: Sequence[StoredEvent]) -> Case:
        """The case with what these events say of facts, topics and vehicle."""
        common = sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1], zip(self._way, events, strict=False)))
        del self._way[common:], self._cases[common + 1 :]
        for stored in events[common:]:
            event = self._history.event(stored)
            lookup = CaseLookup(event, event.time.date(), (), stored.vehicle)
            self._way.append(stored)
            self._cases.append(receive(self._playbook, lookup, self._cases[-1], event.time).case)
        return self._cases[-1]


def _open_record(task: Task) -> OpenRecord:
    return OpenRecord(
        task_id=task.task_id,
        entry=task.entry,
        matter=task.matter,
        kind=task.kind,
        from_role=task.from_role,
        to_role=task.to_role,
        mirrors=task.mirrors,
        manual=task.manual,
        named_person=task.named_person,
    )


def _hops(tasks: Mapping[str, Task], changes: Iterable[TaskStep]) -> Iterable[Hop]:
    """The roles that gave a matter back, in order."""
    for change in changes:
        task = tasks.get(change.task_id)
        if task is not None and change.action == "reassigned" and change.to_status == "cancelled":
            yield Hop(task.matter, task.to_role, task.task_id, task.chain.get("reassigned_role"))
