"""Promises rebuilt: each from its history, beside its clock and what is due of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from handoff_local.verify.findings import Verdict
from shared.promises.scores import score_of
from shared.promises.types import Promise, PromiseEvent
from shared.sla.types import Timer

_INSTANTS: Final = frozenset({"made_at", "due_at", "customer_told_at", "broken_at", "ended_at"})
_AMOUNTS: Final = frozenset({"amount", "kept_amount"})
_NOT_TOLD: Final = frozenset({"customer_id", "version"})
"""A merged customer's promises are the other's; no line of the history repeats it."""
_CLOCK_OF: Final[Mapping[str, frozenset[str]]] = {
    "open": frozenset({"running"}),
    "kept": frozenset({"completed"}),
    "withdrawn": frozenset({"cancelled"}),
    "broken": frozenset({"running", "cancelled"}),
}
"""How the clock of a line stands when its last promise stands so. One that is broken for good has none running."""


@dataclass(frozen=True, slots=True)
class PromiseHistory:
    """A promise, all that is remembered of it, its clock, and when its score is due, if it is.

    `successor`: its id and that of its predecessor. `breaking`: what has become due of the customer is still on its way
    to the worker.
    """

    promise: Promise
    events: Sequence[PromiseEvent]
    timer: Timer | None
    score_due_at: datetime | None = None
    successor: tuple[str, str | None] | None = None
    breaking: bool = False


def check_promise(history: PromiseHistory, now: datetime) -> Verdict:
    """Compare a promise with what its history makes of it, and its clock with both."""
    promise = history.promise
    verdict = Verdict(promise.dealer_id)
    stored: dict[str, Any] = {**_members(promise), "versions": list(range(1, promise.version + 1))}
    rebuilt: dict[str, Any] = {**_replayed(history.events), "versions": [event.version for event in history.events]}
    verdict.compare("promise", promise.promise_id, stored, rebuilt)
    _check_score(history, verdict, now)
    _check_clock(history, verdict)
    return verdict


def _members(promise: Promise) -> dict[str, Any]:
    stored = asdict(promise).items()
    return {
        name: float(value) if name in _AMOUNTS else value
        for name, value in stored
        if name not in _NOT_TOLD and value is not None
    }


def _replayed(events: Sequence[PromiseEvent]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for event in events:
        members |= event.changed
    return {name: _read(name, value) for name, value in members.items() if name not in _NOT_TOLD and value is not None}


def _read(name: str, value: Any) -> Any:
    if name in _INSTANTS:
        return datetime.fromisoformat(value)
    return float(value) if name in _AMOUNTS else value


def _check_score(history: PromiseHistory, verdict: Verdict, now: datetime) -> None:
    """A score is what the members make of it; one that is not known yet will be."""
    promise = history.promise
    if promise.state == "moved" and promise.score is None:
        due = history.score_due_at is not None or history.breaking
        verdict.compare("promise", promise.promise_id, {"score due": due}, {"score due": True})
    else:
        verdict.compare("promise", promise.promise_id, {"score": promise.score}, {"score": score_of(promise, now)})


def _check_clock(history: PromiseHistory, verdict: Verdict) -> None:
    promise, timer = history.promise, history.timer
    if timer is None:
        verdict.report_difference("clock", promise.timer_id, None, f"of promise {promise.promise_id}")
        return
    if promise.state == "moved":
        line = (promise.successor_id, promise.promise_id)
        verdict.compare("promise", promise.promise_id, history.successor, line)
        return
    stored: dict[str, Any] = {"subject": timer.subject_id, "due_at": timer.due_at, "state": timer.state}
    right = (promise.state == "open" and history.breaking) or timer.state in _CLOCK_OF[promise.state]
    state = timer.state if right else sorted(_CLOCK_OF[promise.state])
    rebuilt: dict[str, Any] = {"subject": promise.promise_id, "due_at": promise.due_at, "state": state}
    if not history.breaking:
        stored["breached_at"], rebuilt["breached_at"] = timer.breached_at, promise.broken_at
    verdict.compare("clock", timer.timer_id, stored, rebuilt)
