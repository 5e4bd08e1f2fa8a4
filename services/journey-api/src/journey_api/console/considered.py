"""Why a task came: its conditions, and what else its event led to or was held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from journey_api.console.fact_words import fact_name, fact_value
from journey_api.console.visit import Visit
from journey_api.intake.event_documents import read_event_document
from shared.lifecycle import Task
from shared.playbook.routing.explanation import entry_title

_TRUTHS: Final = {True: "met", False: "unmet", None: "unknown"}
_TAKEN: Final = frozenset({"created", "merged"})


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of the arrow: `truth` is met, unmet or unknown; `missing` the facts that nobody gave, by name."""

    truth: str
    text: str
    facts: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Considered:
    """An entry that the event did not start, and why. `startable`: it may be taken up as a suggestion."""

    entry: str
    title: str
    truth: str
    because: str
    startable: bool


def conditions_of(visit: Visit, conditions: Sequence[Mapping[str, Any]]) -> list[Condition]:
    """The conditions of a stored decision in words."""
    return [_condition(visit, one) for one in conditions]


async def load_considered(visit: Visit, task: Task) -> list[Considered]:
    """What the task's event was also held against without starting it; suggested ones first."""
    if task.event_id is None:
        return []
    playbook, language = visit.stack.playbook, visit.viewer.language
    outcome = await read_event_document(visit.connection, task.event_id, playbook.texts, language)
    decisions = outcome["decisions"] if outcome else []
    entered = {one["entry"] for one in decisions if one["outcome"] in _TAKEN}
    left = [one for one in decisions if one["entry"] and one["entry"] not in entered and one["outcome"] != "manual"]
    found = [_considered(visit, one) for one in left]
    return sorted(found, key=lambda one: (not one.startable, one.truth != "unknown", one.entry))


def _considered(visit: Visit, decision: Mapping[str, Any]) -> Considered:
    suggested = decision["outcome"] == "suggested"
    return Considered(
        entry=decision["entry"],
        title=entry_title(visit.stack.playbook, decision["entry"], visit.viewer.language),
        truth="unknown" if suggested else "unmet",
        because=decision["because"],
        startable=suggested,
    )


def _condition(visit: Visit, one: Mapping[str, Any]) -> Condition:
    facts = one.get("facts") or ()
    given = tuple(
        f"{fact_name(visit, fact['path'])}: {fact_value(visit, fact['value'])}"
        for fact in facts
        if fact.get("value") is not None
    )
    missing = tuple(fact_name(visit, fact["path"]) for fact in facts if fact.get("value") is None)
    return Condition(_TRUTHS[one.get("met")], one.get("text") or one["id"], given, missing)
