"""The tasks that must be there: stored events and people's acts, replayed through the pure playbook alone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
from load_dealer import DEALER, available
from pydantic_core import from_json

from shared.playbook.fact_types import flatten_facts
from shared.playbook.routing.case_fit import united_case
from shared.playbook.routing.case_owner import first_owner, moves_owner, must_close_loop
from shared.playbook.routing.router import route, route_chain
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.ruleset.loader import load_playbook
from shared.playbook.types import (
    AcceptedDeliver,
    AcceptedTask,
    CaseView,
    CustomerView,
    DealerView,
    JourneyEvent,
    NewRecord,
    OpenRecord,
    Routing,
)

CLOSE_LOOP = "CLOSE-LOOP"

Shape = tuple[str, str, str, str, str, tuple[str, ...]]
"""Customer, entry, kind, giver, receiver, and the entries it stands for besides."""


@dataclass(frozen=True, slots=True)
class Act:
    """What people did to a task: accepted it, and perhaps completed it with an outcome."""

    entry: str
    completed: bool = False
    outcome: str | None = None


@dataclass
class CustomerReplay:
    """One customer with one case: every event, then the one act."""

    playbook: Playbook
    dealer: DealerView
    view: CaseView | None = None
    first: JourneyEvent | None = None
    suggestions: int = 0
    tasks: list[tuple[NewRecord, tuple[str, ...]]] = field(default_factory=list)

    def hear(self, event: JourneyEvent) -> None:
        """Route an event in the case as it stands."""
        answer = route(event, self._current(), CustomerView(), self.dealer, self.playbook)
        self.suggestions += len(answer.suggestions)
        if event.intent == "history":
            return
        self.first = self.first or event
        view = self.view or CaseView("the-case")
        facts, topics = united_case(self.playbook, view, event)
        self.view = replace(view, facts=facts, topics=topics)
        self._keep(answer)

    def act(self, act: Act) -> None:
        """Follow an acceptance and a completion."""
        event = self.first
        assert event is not None
        record = next(record for record, _ in self.tasks if record.entry == act.entry)
        owner = first_owner(self.playbook, event)
        role = owner.role if owner else None
        if moves_owner(self.playbook, record.entry, record.kind, record.to_role):
            role = record.to_role
        accepted = AcceptedTask("t", record.entry, record.kind, record.mode, record.from_role, record.to_role)
        view = self._current(AcceptedDeliver(record.from_role, record.to_role, record.matter))
        answer = route_chain(event, view, CustomerView(), self.dealer, self.playbook, accepted)
        self.suggestions += len(answer.suggestions)
        self._keep(answer)
        closes = must_close_loop(record.kind, record.mode, record.to_role, role, act.outcome)
        if act.completed and closes and role is not None:
            told = NewRecord(CLOSE_LOOP, "reminder", "close_the_loop", record.matter, record.to_role, role)
            self.tasks.append((told, ()))

    def shapes(self, customer_id: str) -> Iterable[Shape]:
        """The tasks as they are compared."""
        for record, mirrors in self.tasks:
            more = tuple(sorted({*mirrors} - {record.entry}))
            yield customer_id, record.entry, record.kind, record.from_role, record.to_role, more

    def _current(self, *accepted: AcceptedDeliver) -> CaseView | None:
        if self.view is None:
            return None
        opened = tuple(
            OpenRecord(str(number), record.entry, record.matter, record.kind, record.from_role, record.to_role, more)
            for number, (record, more) in enumerate(self.tasks)
        )
        return replace(self.view, open_records=opened, accepted_delivers=accepted)

    def _keep(self, answer: Routing) -> None:
        for decision in answer.decisions:
            if decision.record is not None:
                self.tasks.append((decision.record, decision.record.mirrors))
            elif decision.merges_into is not None and decision.entry is not None:
                record, mirrors = self.tasks[int(decision.merges_into)]
                self.tasks[int(decision.merges_into)] = (record, (*mirrors, decision.entry))


async def expect(connection: asyncpg.Connection, acts: Mapping[str, Act]) -> tuple[Counter[Shape], int]:
    """The tasks of every customer, and the number of suggestions. `acts` by customer."""
    playbook = load_playbook()
    dealer = DealerView("Europe/Lisbon", available=available())
    replays: dict[str, CustomerReplay] = defaultdict(lambda: CustomerReplay(playbook, dealer))
    query = """
        select e.* from journey_event e join outbox o on o.event_id = e.event_id
         where o.topic = 'handoff.journey.v1' order by o.seq
    """
    for row in await connection.fetch(query):
        replays[row["customer_id"]].hear(_event(row))
    for customer_id, act in acts.items():
        replays[customer_id].act(act)
    shapes = Counter(shape for who, replay in replays.items() for shape in replay.shapes(who))
    return shapes, sum(replay.suggestions for replay in replays.values())


async def stored(connection: asyncpg.Connection) -> tuple[Counter[Shape], int]:
    """The tasks and suggestions that are there."""
    rows = await connection.fetch("select customer_id, entry, kind, from_role, to_role, mirrors from task")
    shapes = Counter((*tuple(row)[:5], tuple(sorted(row["mirrors"]))) for row in rows)
    return shapes, await connection.fetchval("select count(*) from suggestion")


def _event(row: Mapping[str, Any]) -> JourneyEvent:
    data = from_json(row["data"])
    assert row["dealer_id"] == DEALER
    return JourneyEvent(
        event_id=row["event_id"],
        dealer_id=DEALER,
        observer=data["observed_by"]["role"],
        time=row["occurred_at"],
        customer_id=row["customer_id"],
        step=data.get("step"),
        occurrences=tuple(data.get("occurrences") or ()),
        topics=tuple(data.get("topics") or ()),
        facts=flatten_facts(data.get("facts") or {}),
        channel=data.get("channel"),
        intent=row["intent"],
    )
