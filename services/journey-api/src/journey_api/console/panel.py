"""The task in hand: why it came, what was asked already, how to reach the customer, what happened so far."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from journey_api.console.considered import Condition, Considered, conditions_of, load_considered
from journey_api.console.countdown import time_of
from journey_api.console.fact_words import fact_name, fact_value, label_of
from journey_api.console.history import HistoryLine, load_history
from journey_api.console.promises import ShownPromise, show_promises
from journey_api.console.quality import ShownExperience, show_experience
from journey_api.console.reach import Way, load_reach
from journey_api.console.startable import Startable, list_startable
from journey_api.console.suggested_rows import SuggestedRow, load_suggestions
from journey_api.console.task_rows import Names, TaskRow, load_whole_row
from journey_api.console.visit import Visit
from journey_api.tasks.checklists import ChecklistItem
from journey_api.tasks.documents import Reader, show_tasks
from journey_api.tasks.visible_addresses import visible_customers
from shared.cases.store import load_case
from shared.languages.dates import format_short_day
from shared.languages.isolation import join_isolated
from shared.lifecycle import Actor, Task
from shared.people.staff import Directory
from shared.playbook.fact_types import flatten_facts
from shared.playbook.routing.case_owner import Owner

_VEHICLE: Final = ("model", "plate", "vin")
_DATES: Final = ("delivered_on", "warranty_until")


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """Something to do about the matter, and until when, in words."""

    text: str
    done: bool
    due: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything the panel shows. `colleagues` may be handed the task by name."""

    row: TaskRow
    owner: str | None
    because: str
    conditions: tuple[Condition, ...]
    considered: tuple[Considered, ...]
    asked: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    checklist: tuple[ChecklistLine, ...]
    ways: tuple[Way, ...]
    history: tuple[HistoryLine, ...]
    experience: ShownExperience | None
    startable: tuple[Startable, ...]
    suggestions: tuple[SuggestedRow, ...]
    promises: tuple[ShownPromise, ...]
    colleagues: tuple[tuple[str, str], ...]


async def load_panel(visit: Visit, task: Task, actor: Actor | None, people: Directory) -> Panel:
    """The panel of a task for whoever looks; `actor` acts, if anybody does."""
    case = await load_case(visit.connection, task.dealer_id, task.case_id) if task.case_id else None
    owner = case.owner if case else None
    reader = Reader(visit.viewer.principal, visit.stack.playbook, visit.viewer.language)
    (document,) = await show_tasks(visit.connection, [task], reader, visit.now, [people])
    words, packet = document["shown"], document["packet"] or {}
    names = Names(words["customer"] or task.customer_id, words["vehicle"], words["assignee"] or words["offered_to"])
    key = (task.dealer_id, task.customer_id or "")
    visible = await visible_customers(visit.connection, visit.viewer.principal, {key}, {task.dealer_id: people})
    suggestions = await load_suggestions(visit, task.dealer_id, task.to_role, task.event_id) if task.event_id else []
    return Panel(
        row=await load_whole_row(visit, task, names, actor, owner),
        owner=_owner(visit, owner, people),
        because=_because(visit, task),
        conditions=tuple(conditions_of(visit, document["why"].get("conditions") or ())),
        considered=tuple(await load_considered(visit, task)),
        asked=tuple(_asked(visit, packet)),
        missing=tuple(fact_name(visit, path) for path in packet.get("missing") or ()),
        checklist=tuple(_checklist(visit, document["checklist"])),
        ways=tuple(await load_reach(visit, task, masked=key not in visible)),
        history=tuple(await load_history(visit, task, packet.get("history") or (), people)),
        experience=show_experience(visit, packet.get("experience")),
        startable=tuple(list_startable(visit, task, actor, packet.get("history") or ())),
        suggestions=tuple(suggestions),
        promises=tuple(await show_promises(visit, packet.get("promises") or ())),
        colleagues=tuple(_colleagues(task, people)),
    )


def _checklist(visit: Visit, items: Iterable[ChecklistItem]) -> Iterator[ChecklistLine]:
    """What is due by a time; what belongs into the contact itself is among what is still to ask."""
    for one in items:
        if one["due_at"] is not None:
            time = time_of(one["due_at"], visit.now, visit.zone, visit.viewer.language)
            yield ChecklistLine(one["text"], one["done"], visit.texts.text("task.checklist.due", time=time))


def _owner(visit: Visit, owner: Owner | None, people: Directory) -> str | None:
    if owner is None:
        return None
    role = visit.stack.playbook.texts.text("roles", owner.role, visit.viewer.language)
    person = people.colleagues.get(owner.staff_id or "")
    return join_isolated(", ", (person.name if person else None, role))


def _colleagues(task: Task, people: Directory) -> list[tuple[str, str]]:
    """Who may be given the task by name: the people of its role, but not who has it."""
    named = {staff_id: one for staff_id, one in people.colleagues.items() if task.to_role in one.member.roles}
    others = [(one.name, staff_id) for staff_id, one in named.items() if staff_id != task.assignee_id]
    return [(staff_id, name) for name, staff_id in sorted(others)]


def _because(visit: Visit, task: Task) -> str:
    texts, language = visit.stack.playbook.texts, visit.viewer.language
    occurrence = task.why.get("occurrence")
    happened = texts.find("occurrences", occurrence, language) if occurrence else None
    giver = texts.text("roles", task.from_role, language)
    receiver = texts.text("roles", task.to_role, language)
    verb = "brings_in" if task.kind == "interact" else "hands_over"
    form = verb if happened else f"{verb}_unnamed"
    return visit.texts.text(f"task.because.{form}", occurrence=happened, giver=giver, receiver=receiver)


def _dated(visit: Visit, name: str, day: str) -> str:
    """`delivered 2 Oct 2026`."""
    written = format_short_day(date.fromisoformat(day), visit.viewer.language, "yMMMd")
    return visit.texts.text(f"task.asked.{name}", date=written)


def _asked(visit: Visit, packet: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What nobody is to ask again, as name and value."""
    asked = [(label_of(visit, name), str(value)) for name, value in (packet.get("intake") or {}).items()]
    known = packet.get("vehicle") or {}
    car = [str(known[name]) for name in _VEHICLE if known.get(name)]
    car += [_dated(visit, name, known[name]) for name in _DATES if known.get(name)]
    if car:
        asked.append((visit.texts.text("task.asked.vehicle"), ", ".join(car)))
    topics = [
        visit.stack.playbook.texts.text("topics", one, visit.viewer.language) for one in packet.get("topics") or ()
    ]
    if topics:
        asked.append((visit.texts.text("task.asked.topics"), ", ".join(topics)))
    facts = flatten_facts(packet.get("facts") or {})
    asked += [(fact_name(visit, path), fact_value(visit, value)) for path, value in facts.items() if value is not None]
    return asked
