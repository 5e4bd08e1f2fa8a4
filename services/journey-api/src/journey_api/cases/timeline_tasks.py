"""What became of tasks as lines of a timeline, how each began among them. Pure: rows in, lines out."""

from collections.abc import Iterator
from typing import Final

from journey_api.cases.timeline_facts import Line, Row, StoredFacts, person
from journey_api.cases.timeline_words import Words
from shared.lifecycle import CLOSE_LOOP, MESSAGE_TASKS
from shared.sla.policy.rules import load_rules

TASK_KINDS: Final = {
    "offered": "offered",
    "accepted": "accepted",
    "acknowledged": "accepted",
    "declined": "declined",
    "waiting": "waiting",
    "resumed": "resumed",
    "completed": "completed",
    "reassigned": "reassigned",
    "cancelled": "cancelled",
}
"""Kinds of a line by the action of a task's history; `created` and `updated` are told by what began them."""
SILENCE: Final = "silence"
_MADE: Final = ("created", "updated")


def task_lines(row: Row, facts: StoredFacts, words: Words) -> Iterator[Line]:
    """The line of a change of a task, where there is something to tell."""
    ids = {"task_id": row["task_id"], "entry": row["task_entry"]}
    title = words.entry(row["task_entry"])
    if row["action"] in _MADE:
        yield from _beginning(row, facts, words)
        return
    if row["action"] == "declined" and row["reason"] == SILENCE:
        asked = person((row["before"] or {}).get("offered_to"), facts, row["to_role"])
        yield Line(row["at"], SILENCE, words.line(SILENCE, title=title), asked, None, ids)
        return
    kind = TASK_KINDS.get(row["action"])
    if kind is None:
        return
    who = person(row["by"], facts, row["to_role"])
    if kind == "offered":
        who = person(row["offered_to"], facts, row["to_role"])
        kind_of_text = "offered" if row["offered_to"] else "queued"
        yield Line(row["at"], kind, words.line(kind_of_text, title=title), who, None, ids)
        return
    yield Line(row["at"], kind, words.line(kind, title=title), who, _reason(row, words), ids)


def _beginning(row: Row, facts: StoredFacts, words: Words) -> Iterator[Line]:
    """Who or what asked for a task, or for what has joined one; what an event asked for is told by its decision."""
    entry, origin = row["task_entry"], _origin(row)
    if origin is None:
        return
    if origin == "by_hand":
        entry = row["entry"] or entry
    who = person(row["by"], facts, row["from_role"] if origin in ("by_hand", "given_over") else None)
    text = words.line(origin, title=words.entry(entry))
    yield Line(row["at"], "decision", text, who, row["note"], {"task_id": row["task_id"], "entry": entry})


def _origin(row: Row) -> str | None:
    """The name of the line that says how a task began, or what joined it."""
    entry = row["task_entry"]
    if row["by"] is not None:
        return "by_hand"
    if row["action"] != "created" or (row["event_id"] is not None and entry not in MESSAGE_TASKS):
        return None
    if row["chain"].get("givers"):
        return "given_over"
    if entry in MESSAGE_TASKS:
        return "for_message"
    if entry == CLOSE_LOOP:
        return "after_work"
    return "by_time_rule" if entry in load_rules() else None


def _reason(row: Row, words: Words) -> str | None:
    parts = [words.reason(row[name]) for name in ("reason", "outcome") if row[name]]
    return ", ".join([*parts, *([row["note"]] if row["note"] else [])]) or None
