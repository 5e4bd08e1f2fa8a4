"""A task as the contract's JSON, in the reader's language, and the record of each of its changes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from shared.languages.registry import DEFAULT_LANGUAGE, choose_language, language_codes, speakable
from shared.lifecycle import Change, Task
from shared.messaging.bus import Record, new_record
from shared.people.staff import Directory
from shared.playbook.routing.explanation import entry_title, show_conditions
from shared.playbook.ruleset.entries import Playbook
from shared.sla.store.documents import ShortTimer
from shared.tasks.records import Chain, TaskChange, TaskFields, TaskRecord, TaskTold, Why
from shared.tasks.store import before_document
from shared.vocabulary import TASKS_TOPIC

_OF_LANGUAGES: Final = frozenset({"titles", "locale", "fallback_locale"})


def task_document(
    playbook: Playbook,
    task: Task,
    timers: Sequence[ShortTimer] = (),
    language: str = DEFAULT_LANGUAGE,
    *,
    packet: Mapping[str, Any] | None = None,
    contact: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The task whole. `timers` are its own and its case's in short form; `packet` and `contact` as loaded for it."""
    shown = {**_plain(task), "title": title_of(playbook, task, language)}
    shown["why"] = show_why(task.why, playbook, language)
    return {**shown, "packet": packet, "contact": contact, "timers": list(timers)}


def title_of(playbook: Playbook, task: Task, language: str) -> str:
    """What the task asks its receiver to do, in English where we do not write the language."""
    return entry_title(playbook, task.entry, speakable(language))


def task_record(
    playbook: Playbook,
    change: Change,
    timers: Sequence[ShortTimer],
    dealer: Directory,
    followers: Sequence[str] = (),
) -> Record:
    """The record of a change: the change, and the task as it left it, without packet and contact.

    It is in no one language: `titles` by language, the dealer's `locale` for readers who name none and its
    `fallback_locale` for those of a language we do not write, and conditions without their text (`show_record`).
    `followers`: the people who follow its case.
    """
    task = change.task
    kind = f"handoff.task.{change.action}.v1"
    shown: TaskTold = {
        **_plain(task),
        "titles": {language: title_of(playbook, task, language) for language in language_codes()},
        "locale": speakable(dealer.locale),
        "fallback_locale": speakable(dealer.fallback_locale),
        "why": cast(Why, dict(task.why)),
        "timers": list(timers),
    }
    chain = cast(Chain, dict(task.chain))
    data: TaskRecord = {"type": kind, "change": change_document(change), "task": shown, "chain": chain}
    if followers:
        data["followers"] = list(followers)
    return new_record(TASKS_TOPIC, kind, task.dealer_id, task.customer_id, change.at, data, change.event_id)


def change_document(change: Change) -> TaskChange:
    """What happened, by whom, from where to where."""
    made = change.action == "created"
    return {
        "action": change.action,
        "at": change.at,
        "by": change.by,
        "from_status": None if made else change.before.status,
        "to_status": change.task.status,
        "before": {"offered_to": None, "assignee_id": None, "to_role": None}
        if made
        else before_document(change.before),
        "reason": change.reason,
        "outcome": change.outcome,
    }


def show_record(playbook: Playbook, data: Mapping[str, Any], language: str | None) -> dict[str, Any]:
    """A record's data as the feed shows it, worded in a language; None: the dealer's."""
    task = {name: value for name, value in data["task"].items() if name not in _OF_LANGUAGES}
    stored = data["task"]
    chosen = choose_language(language, stored)
    # a record of before a language was added has no title in it
    title = stored["titles"].get(speakable(chosen)) or stored["titles"][DEFAULT_LANGUAGE]
    task |= {"title": title, "why": show_why(task["why"], playbook, chosen)}
    return {"type": data["type"], "change": data["change"], "task": task}


def show_why(why: Mapping[str, Any], book: Playbook, language: str) -> dict[str, Any]:
    """Why a task is there, its conditions worded; what no event or page stands for is null."""
    conditions = show_conditions(list(why.get("conditions") or ()), book.texts, speakable(language))
    return {"occurrence": None, "source": None, **why, "conditions": conditions}


def _plain(task: Task) -> TaskFields:
    values: dict[str, Any] = {name: getattr(task, name) for name in TaskFields.__annotations__}
    return cast(TaskFields, values | {"mirrors": list(task.mirrors)})
