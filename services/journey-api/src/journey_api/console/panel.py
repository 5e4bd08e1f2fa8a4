"""The task in hand: why it came, what was asked already, how to reach the customer, what happened so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from journey_api.console.countdown import time_of
from journey_api.console.rows import TaskRow, load_rows
from journey_api.console.visit import Visit
from journey_api.tasks.documents import Reader, show_tasks
from journey_api.tasks.shown import instant
from shared.commands.change_task import history
from shared.lifecycle import Task
from shared.playbook.fact_types import flatten_facts

_TRUTHS: Final = {True: "met", False: "unmet", None: "unknown"}
_VEHICLE: Final = ("model", "plate", "vin", "delivered_on", "warranty_until")


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of the arrow: `truth` is met, unmet or unknown; `missing` the facts that nobody gave."""

    truth: str
    text: str
    facts: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened, with its time in the dealer's zone."""

    time: str
    at: str
    text: str
    sub: str
    weighty: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything the panel shows."""

    row: TaskRow
    document: Mapping[str, Any]
    because: str | None
    conditions: tuple[Condition, ...]
    asked: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    history: tuple[HistoryLine, ...]


async def load_panel(visit: Visit, task: Task, person: str | None) -> Panel:
    """The panel of a task for whoever looks."""
    (row,) = await load_rows(visit, [task], person)
    reader = Reader(visit.viewer.principal, visit.viewer.language, person)
    (document,) = await show_tasks(visit.connection, [task], reader, visit.now)
    packet = document["packet"] or {}
    return Panel(
        row=row,
        document=document,
        because=_because(visit, task),
        conditions=tuple(_conditions(document["why"].get("conditions") or ())),
        asked=tuple(_asked(visit, packet)),
        missing=tuple(_fact_name(visit, path) for path in packet.get("missing") or ()),
        history=tuple(_history(visit, await history(visit.connection, task.task_id), packet.get("history") or ())),
    )


def _because(visit: Visit, task: Task) -> str | None:
    texts, language = visit.stack.playbook.texts, visit.viewer.language
    occurrence = task.why.get("occurrence")
    happened = texts.find("occurrences", occurrence, language) if occurrence else None
    if happened is None:
        return None
    giver = texts.text("roles", task.from_role, language)
    receiver = texts.text("roles", task.to_role, language)
    verb = "brings_in" if task.kind == "interact" else "hands_over"
    return visit.texts.text(f"task.because.{verb}", occurrence=happened, giver=giver, receiver=receiver)


def _conditions(conditions: Sequence[Mapping[str, Any]]) -> list[Condition]:
    found = []
    for one in conditions:
        facts = one.get("facts") or ()
        given = tuple(f"{fact['path']}: {_words(fact['value'])}" for fact in facts if fact.get("value") is not None)
        missing = tuple(fact["path"] for fact in facts if fact.get("value") is None)
        found.append(Condition(_TRUTHS[one.get("met")], one.get("text") or one["id"], given, missing))
    return found


def _asked(visit: Visit, packet: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What nobody is to ask again, as name and value."""
    asked = [(_label(visit, name), str(value)) for name, value in (packet.get("intake") or {}).items()]
    known = packet.get("vehicle") or {}
    car = [str(known[name]) for name in _VEHICLE if known.get(name)]
    if car:
        asked.append((visit.texts.text("task.asked.vehicle"), ", ".join(car)))
    topics = [visit.stack.playbook.texts.text("topics", one, visit.viewer.language) for one in packet["topics"]]
    if topics:
        asked.append((visit.texts.text("task.asked.topics"), ", ".join(topics)))
    facts = flatten_facts(packet.get("facts") or {})
    asked += [(_fact_name(visit, path), _words(value)) for path, value in facts.items() if value is not None]
    return asked


def _label(visit: Visit, name: str) -> str:
    key = f"task.asked.{name}"
    return visit.texts.text(key) if key in visit.texts else name.replace("_", " ").capitalize()


def _fact_name(visit: Visit, path: str) -> str:
    return visit.stack.playbook.texts.find("facts", path, visit.viewer.language) or _label(visit, path)


def _words(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return {True: "✓", False: "✗"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _history(
    visit: Visit, changes: Sequence[Mapping[str, Any]], packet: Sequence[Mapping[str, Any]]
) -> list[HistoryLine]:
    """Newest first: the changes of the task, and what its customer said and was seen to do."""
    lines = [(str(one["at"]), _change_line(visit, one)) for one in changes]
    lines += [(_iso(one["at"]), _happening_line(visit, one)) for one in packet if one["type"] != "note"]
    return [line for _, line in sorted(lines, key=lambda pair: pair[0], reverse=True)]


def _change_line(visit: Visit, change: Mapping[str, Any]) -> HistoryLine:
    who = change.get("by") or ""
    reason = change.get("reason") or change.get("note") or ""
    text = visit.texts.text(f"task.history.{change['action']}")
    sub = " · ".join(part for part in (who, _label_of_reason(visit, reason)) if part)
    return _line(visit, change["at"], text, sub, weighty=change["action"] in ("created", "accepted", "completed"))


def _label_of_reason(visit: Visit, reason: str) -> str:
    key = f"task.reasons.{reason}"
    return visit.texts.text(key) if key in visit.texts else reason


def _happening_line(visit: Visit, one: Mapping[str, Any]) -> HistoryLine:
    texts, language = visit.stack.playbook.texts, visit.viewer.language
    if one["type"] == "contact":
        text = visit.texts.text(f"task.history.{one['direction']}", channel=_label(visit, one["channel"]))
        return _line(visit, one["at"], text, one.get("text") or "", weighty=one["direction"] == "inbound")
    happened = [texts.text("occurrences", name, language) for name in one["occurrences"]]
    text = ", ".join(happened) or visit.texts.text("task.history.event")
    return _line(visit, one["at"], text, one.get("note") or "", weighty=True)


def _line(visit: Visit, at: Any, text: str, sub: str, *, weighty: bool) -> HistoryLine:
    moment = instant(at)
    assert moment is not None
    return HistoryLine(
        time_of(moment, visit.now, visit.zone, visit.viewer.language), moment.isoformat(), text, sub, weighty
    )


def _iso(at: Any) -> str:
    return at if isinstance(at, str) else at.isoformat()
