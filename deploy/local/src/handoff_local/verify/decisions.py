"""Decisions rebuilt: every event of a case routed again in the case as it met it, every acceptance followed again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic_core import from_json, to_json

from handoff_local.verify.case_history import AT_ODDS, CaseHistory, CaseViews, RoutedEvent, Step, TaskStep
from handoff_local.verify.findings import Verdict
from shared.playbook.routing.explanation import decision_document
from shared.playbook.routing.handoff_chain import continues_chain
from shared.playbook.routing.router import route, route_chain
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import AcceptedTask, Decision, NewRecord, Routing
from shared.tasks.playbook_view import accepted_task

_LOOK_AHEAD: Final = 64
"""After how many further steps of its case an acceptance may have been followed: the worker lags behind people."""

_TAKING: Final = ("created", "merged", "owner_decision")


@dataclass
class Claim:
    """What decisions say of a task: the record it was made from, where that was rebuilt, and what joined it."""

    event_id: str
    record: NewRecord | None = None
    entries: set[str] = field(default_factory=set)


Claims = dict[str, Claim]


@dataclass
class Replay:
    """One case, told again."""

    history: CaseHistory
    playbook: Playbook
    verdict: Verdict
    claims: Claims = field(default_factory=dict)
    _views: CaseViews = field(init=False)

    def __post_init__(self) -> None:
        self._views = CaseViews(self.history, self.playbook)

    def check(self) -> Claims:
        """Compare every decision; answers what the decisions say of tasks."""
        steps = self.history.steps()
        for place, step in enumerate(steps):
            if isinstance(step, RoutedEvent):
                self._check_event(steps, place, step)
        return self.claims

    def _check_event(self, steps: Sequence[Step], place: int, routed: RoutedEvent) -> None:
        stored = [dict(document) for document in routed.routing["decisions"]]
        left = self._unfounded(steps, place, routed, stored)
        if left is None:
            self._check_fired(routed)
            self.verdict.agree("decision")
            return
        self._claim_unseen(routed.event.event_id, stored)
        reason = self._excuse(steps[:place], routed)
        if reason is not None:
            self.verdict.excuse("decision", reason)
        else:
            self.verdict.report_difference("decision", routed.event.event_id, *left)

    def _unfounded(
        self, steps: Sequence[Step], place: int, routed: RoutedEvent, stored: list[dict[str, Any]]
    ) -> tuple[Any, Any] | None:
        """What is stored and what was rebuilt where they differ; None where all was rebuilt."""
        first: Routing | None = None
        for answer in self._answers(steps, place, routed):
            first = first or answer
            if (
                list(answer.occurrences) == list(routed.routing["occurrences"])
                and answer.inferred == routed.routing["inferred"]
                and self._founds(answer, stored)
            ):
                return self._follow(steps, routed, stored[len(answer.decisions) :], self._claims_of(answer, stored))
        assert first is not None
        return brief(stored), brief(map(decision_document, first.decisions))

    def _answers(self, steps: Sequence[Step], place: int, routed: RoutedEvent) -> Iterator[Routing]:
        """The routings of the event in the case as it may have met it, the likeliest first."""
        event, dealer = self.history.event(routed.event), self.history.dealership.view(routed.at)
        for cut in _cuts(steps, place):
            before = [step for step in steps[:cut] if not _own(step, routed)]
            view = self._views.after(before)
            yield route(event, view, self.history.customer, dealer, self.playbook)

    def _founds(self, answer: Routing, stored: Sequence[Mapping[str, Any]]) -> bool:
        """Whether the stored decisions begin with those of an answer."""
        if len(answer.decisions) > len(stored):
            return False
        return all(
            plain(decision) == _untasked(document) and decision.merges_into in (None, document.get("task_id"))
            for decision, document in zip(answer.decisions, stored, strict=False)
        )

    def _follow(
        self, steps: Sequence[Step], routed: RoutedEvent, left: list[dict[str, Any]], claims: list[tuple[str, Claim]]
    ) -> tuple[Any, Any] | None:
        for place, step in enumerate(steps):
            accepted = self._accepted(steps, place, step, routed)
            if accepted is None:
                continue
            found = self._chained(steps, place, routed, accepted, left)
            if isinstance(found, tuple):
                return found
            claims += self._claims_of(found, left)
            left = left[len(found.decisions) :]
        if left:
            return brief(left), None
        for task_id, claim in claims:
            self._claim(task_id, claim)
        return None

    def _accepted(self, steps: Sequence[Step], place: int, step: Step, routed: RoutedEvent) -> AcceptedTask | None:
        """The first acceptance of a task of the event, where the chain goes on from it."""
        if not isinstance(step, TaskStep) or step.action != "accepted" or not routed.event.live:
            return None
        task = self.history.tasks.get(step.task_id)
        if task is None or task.event_id != routed.event.event_id:
            return None
        accepted = accepted_task(task, task.to_role)
        return accepted if continues_chain(self.playbook, accepted) and not _accepted_in(steps[:place], step) else None

    def _chained(
        self,
        steps: Sequence[Step],
        place: int,
        routed: RoutedEvent,
        accepted: AcceptedTask,
        left: Sequence[Mapping[str, Any]],
    ) -> Routing | tuple[Any, Any]:
        event = self.history.event(routed.event)
        answers: list[Routing] = []
        for cut in range(place + 1, min(len(steps), place + _LOOK_AHEAD) + 1):
            view = self._views.after(steps[:cut])
            dealer = self.history.dealership.view(steps[cut - 1].at)
            answer = route_chain(event, view, self.history.customer, dealer, self.playbook, accepted)
            answers.append(answer)
            if answer.decisions and self._founds(answer, left):
                return answer
        empty = next((answer for answer in answers if not answer.decisions), None)
        return empty or (brief(left), brief(map(decision_document, answers[0].decisions)))

    def _claims_of(self, answer: Routing, stored: Sequence[Mapping[str, Any]]) -> list[tuple[str, Claim]]:
        claims = []
        for decision, document in zip(answer.decisions, stored, strict=False):
            task_id = document.get("task_id")
            if task_id is not None:
                joined = {*decision.record.mirrors} if decision.record else {decision.entry or ""}
                claims.append((task_id, Claim("", decision.record, joined)))
        return claims

    def _claim(self, task_id: str, claim: Claim) -> None:
        kept = self.claims.setdefault(task_id, claim)
        kept.record = kept.record or claim.record
        kept.entries |= claim.entries

    def _claim_unseen(self, event_id: str, stored: Iterable[Mapping[str, Any]]) -> None:
        """What decisions that were not rebuilt say of tasks, as they are stored."""
        for document in stored:
            if document.get("task_id") and document["outcome"] in _TAKING:
                self._claim(document["task_id"], Claim(event_id, None, {document["entry"] or ""}))

    def _check_fired(self, routed: RoutedEvent) -> None:
        decisions = routed.routing["decisions"]
        fired = [one["entry"] for one in decisions if one["outcome"] in ("created", "merged") and one["entry"]]
        stored = {"state": routed.routing["state"], "fired": list(routed.routing["fired"])}
        self.verdict.compare("routing", routed.event.event_id, stored, {"state": "routed", "fired": fired})

    def _excuse(self, before: Iterable[Step], routed: RoutedEvent) -> str | None:
        """Why the decisions of an event need not come out again; None: they must."""
        if routed.routing["playbook_version"] != self.playbook.version:
            return f"routed by playbook {routed.routing['playbook_version']}"
        if routed.event.event_id in self.history.elsewhere:
            return "a task of another case comes of it"
        tasks = (self.history.tasks.get(step.task_id) for step in before if isinstance(step, TaskStep))
        if any(task is not None and task.started_by is not None for task in tasks):
            return "a handoff by hand may have told the case more"
        return self.history.changed_since(routed.at)


def _cuts(steps: Sequence[Step], place: int) -> list[int]:
    """Where in the order a routing may have been: at its place, else among what happened at about the same time."""
    at = steps[place].at
    first = last = place
    while first > 0 and abs(steps[first - 1].at - at) <= AT_ODDS:
        first -= 1
    while last < len(steps) and abs(steps[last].at - at) <= AT_ODDS:
        last += 1
    return sorted(range(first, last + 1), key=lambda cut: (abs(cut - place), cut))


def _own(step: Step, routed: RoutedEvent) -> bool:
    """The event itself and what its routing made of tasks."""
    if isinstance(step, RoutedEvent):
        return step is routed
    return step.action in ("created", "updated") and step.event_id == routed.event.event_id and step.at == routed.at


def _accepted_in(steps: Iterable[Step], accepted: TaskStep) -> bool:
    return any(
        isinstance(step, TaskStep) and step.task_id == accepted.task_id and step.action == "accepted" for step in steps
    )


def plain(decision: Decision) -> Any:
    """A decision as the table gives it back."""
    return from_json(to_json(decision_document(decision)))


def _untasked(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "task_id"}


def brief(documents: Iterable[Mapping[str, Any]]) -> list[str]:
    """Decisions in the fewest words: `SP-3 created`."""
    return [f"{one['entry'] or one['occurrence']} {one['outcome']}" for one in documents]
