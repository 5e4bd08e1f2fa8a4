"""Short ways to say an event, a dealer and a case, and a world in memory that plays events one after another."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.playbook.fact_types import flatten_facts
from shared.playbook.routing.case_fit import case_fits, united_case
from shared.playbook.routing.router import route, route_chain
from shared.playbook.ruleset.loader import load_playbook
from shared.playbook.types import (
    AcceptedDeliver,
    AcceptedTask,
    CaseView,
    CustomerView,
    DealerView,
    Decision,
    JourneyEvent,
    OpenRecord,
    Routing,
    Vehicle,
)
from shared.vocabulary import ROLES

PLAYBOOK = load_playbook()
NOW = datetime(2026, 11, 20, 10, 15, tzinfo=UTC)
TODAY = NOW.date()
NOBODY_KNOWN = CustomerView()


def make_event(observer: str, *occurrences: str, **given: Any) -> JourneyEvent:
    """An event of a customer at step 13, unless said otherwise; `facts` nested as on the wire."""
    facts = flatten_facts(given.pop("facts", {}))
    values: dict[str, Any] = {"customer_id": "C-1", "step": 13, "event_id": "E-1", "dealer_id": "lisboa-01"}
    values |= {"time": NOW, "observer": observer, "occurrences": occurrences, "facts": facts}
    return JourneyEvent(**(values | given))


def make_dealer(*, centre: bool = False, **given: Any) -> DealerView:
    """A dealer in Lisbon with one person in every role."""
    values: dict[str, Any] = {"available": dict.fromkeys(ROLES, 1)}
    return DealerView("Europe/Lisbon", has_business_development_centre=centre, **(values | given))


def delivered(days_ago: int, vin: str = "VIN-1") -> Vehicle:
    """A vehicle delivered so many days before today."""
    return Vehicle(vin, TODAY - timedelta(days=days_ago))


def route_event(
    event: JourneyEvent,
    case: CaseView | None = None,
    customer: CustomerView = NOBODY_KNOWN,
    dealer: DealerView | None = None,
) -> Routing:
    """Routes with the real playbook."""
    return route(event, case, customer, dealer or make_dealer(), PLAYBOOK)


def outcomes(routing: Routing) -> dict[str, str]:
    """Outcome by entry."""
    return {decision.entry: decision.outcome for decision in routing.decisions if decision.entry}


def created(routing: Routing) -> set[str]:
    """The entries a routing creates tasks for."""
    return {decision.record.entry for decision in routing.decisions if decision.record}


def suggested(routing: Routing) -> set[str]:
    """The entries a routing offers."""
    return {suggestion.entry for suggestion in routing.suggestions}


def decision_of(routing: Routing, entry: str) -> Decision:
    """The decision on an entry."""
    return next(decision for decision in routing.decisions if decision.entry == entry)


@dataclass
class RoutedTask:
    """A task that was made."""

    task_id: str
    record: OpenRecord
    event: JourneyEvent
    mode: str
    chain: tuple[str, ...] = ()
    accepted: bool = False


@dataclass
class RoutedCase:
    """A case with its tasks."""

    view: CaseView
    customer_id: str | None
    tasks: list[RoutedTask] = field(default_factory=list)

    def current(self) -> CaseView:
        """The view routing reads, with the tasks as they are."""
        delivers = [
            AcceptedDeliver(t.record.from_role, t.record.to_role, t.record.matter) for t in self.tasks if t.accepted
        ]
        records = tuple(task.record for task in self.tasks)
        return replace(self.view, open_records=records, accepted_delivers=tuple(delivers))


class RoutingWorld:
    """Plays posts and acceptances in memory: finds the case, routes, keeps tasks, follows the chain."""

    def __init__(self, dealer: DealerView, customer: CustomerView) -> None:
        self.dealer = dealer
        self.customer = customer
        self.cases: list[RoutedCase] = []
        self.suggested: set[str] = set()

    def post(self, event: JourneyEvent) -> Routing:
        """Routes the event in its case and keeps what comes of it."""
        case = next((case for case in self.cases if self._fits(case, event)), None)
        routing = route(event, case.current() if case else None, self.customer, self.dealer, PLAYBOOK)
        if case is None:
            case = RoutedCase(CaseView(f"K-{len(self.cases)}"), event.customer_id)
            self.cases.insert(0, case)
        facts, topics = united_case(PLAYBOOK, case.view, event)
        vehicle = event.vehicle if event.vehicle.vin else case.view.vehicle
        case.view = replace(case.view, facts=facts, topics=topics, vehicle=vehicle)
        self._keep(case, event, routing)
        return routing

    def accept(self, entry: str) -> Routing:
        """Somebody of the receiving role accepts the task with this entry."""
        case, task = next((case, task) for case in self.cases for task in case.tasks if task.record.entry == entry)
        task.accepted = True
        record = task.record
        accepted = AcceptedTask(
            task.task_id, record.entry, record.kind, task.mode, record.from_role, record.to_role, task.chain
        )
        routing = route_chain(task.event, case.current(), self.customer, self.dealer, PLAYBOOK, accepted)
        self._keep(case, task.event, routing, (*task.chain, record.from_role))
        return routing

    @property
    def entries(self) -> list[set[str]]:
        """For each task the entries it stands for."""
        return [{task.record.entry, *task.record.mirrors} for case in self.cases for task in case.tasks]

    def _fits(self, case: RoutedCase, event: JourneyEvent) -> bool:
        same = case.customer_id == event.customer_id is not None
        return same and case_fits(event, case.view.vehicle.vin, case.view.topics)

    def _keep(self, case: RoutedCase, event: JourneyEvent, routing: Routing, chain: tuple[str, ...] = ()) -> None:
        self.suggested |= suggested(routing)
        for decision in routing.decisions:
            new = decision.record
            if new is not None:
                task_id = f"{case.view.case_id}/{len(case.tasks)}"
                record = OpenRecord(
                    task_id, new.entry, new.matter, new.kind, new.from_role, new.to_role, mirrors=new.mirrors
                )
                case.tasks.append(RoutedTask(task_id, record, event, new.mode, chain))
            elif decision.merges_into and decision.entry:
                task = next(task for task in case.tasks if task.task_id == decision.merges_into)
                mirrors = {*task.record.mirrors, decision.entry} - {task.record.entry}
                task.record = replace(task.record, mirrors=tuple(sorted(mirrors)))


def day_of(text: str) -> date:
    """`@-49d` is the date 49 days ago; anything else an ISO date."""
    return TODAY + timedelta(days=int(text[1:-1])) if text.startswith("@") else date.fromisoformat(text)
