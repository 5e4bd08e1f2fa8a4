"""What happened in a case as lines, each with who did it and why. Pure: rows in, lines out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from journey_api.cases.timeline_facts import Line, Row, StoredFacts, person
from journey_api.cases.timeline_tasks import task_lines
from journey_api.cases.timeline_words import Words
from shared.playbook.routing.explanation import show_because

_CLOCK_KINDS: Final = {
    "started": "clock_started",
    "warning": "clock_warned",
    "breached": "clock_breached",
    "met": "clock_met",
    "missed": "clock_met",
    "corrected": "clock_corrected",
    "nobody_reachable": "told",
}
_PROMISE_ACTIONS: Final = ("made", "kept", "moved", "broken", "withdrawn", "brought_forward", "told")


def _event_lines(row: Row, facts: StoredFacts, words: Words) -> Iterator[Line]:
    seen_by = row["data"].get("observed_by") or {}
    names = row["occurrences"] or row["data"].get("occurrences") or ()
    text = ", ".join(words.name("occurrences", name) for name in names) or words.step(row["step"])
    who = person(seen_by.get("staff_id"), facts, seen_by.get("role"))
    yield Line(row["occurred_at"], "event", text, who, row["note"], {"event_id": row["event_id"], "step": row["step"]})
    for decision in row["decisions"] or ():
        yield _decision_line(row, decision, words)


def _decision_line(row: Row, decision: Row, words: Words) -> Line:
    entry = decision["entry"]
    title = words.entry(entry) if entry else words.name("occurrences", decision["occurrence"] or "")
    text = words.line("decision", outcome=words.name("outcomes", decision["outcome"]), title=title)
    because = show_because(decision["because"], words.playbook, words.language)
    ids = {
        "event_id": row["event_id"],
        "entry": entry,
        "outcome": decision["outcome"],
        "task_id": decision.get("task_id"),
    }
    return Line(row["routed_at"], "decision", text, None, because, ids)


def _clock_lines(row: Row, facts: StoredFacts, words: Words) -> Iterator[Line]:
    kind = _CLOCK_KINDS.get(row["action"])
    if kind is None:
        return
    values = {"target": words.name("target_names", row["target"]), "due": words.time(row["due_at"])}
    name = {"missed": "clock_missed", "nobody_reachable": "nobody_reachable"}.get(row["action"], kind)
    who = person(row["owner_staff_id"], facts, row["owner_role"])
    ids = {"timer_id": row["timer_id"], "rule": row["rule"], "task_id": row["task_id"]}
    because = words.line("on_attach") if (row["trace"] or {}).get("on_attach") else None
    yield Line(_fraction_of_cause(row, facts), kind, words.line(name, **values), who, because, ids)


def _fraction_of_cause(row: Row, facts: StoredFacts) -> datetime:
    """When a clock moved: clocks count from the second, but what moved it within that second comes first."""
    at: datetime = row["at"]
    caused = facts.instants.get(row["cause"] or "", at)
    return caused if caused.replace(microsecond=0) == at else at


def _told_lines(row: Row, facts: StoredFacts, words: Words) -> Iterator[Line]:
    attempts = row["attempts"]
    at = attempts[-1]["at"] if attempts else row["created_at"]
    channel = words.channel(row["channel"])
    outcome = words.word("statuses", row["status"])
    text = words.line("told", message=words.word("messages", row["message"]), channel=channel, outcome=outcome)
    who = person(row["staff_id"], facts, None) if row["staff_id"] else None
    about = (row["params"] or {}).get("about") or {}
    ids = {
        "notification_id": row["notification_id"],
        "staff_id": row["staff_id"],
        "customer_id": row["customer_id"],
        "channel": row["channel"],
        "outcome": row["status"],
        "message": row["message"],
        "task_id": row["task_id"],
        "timer_id": about.get("timer_id"),
        "attempts": attempts,
    }
    yield Line(at, "told", text, who, _why_not(row, words), ids)


def _why_not(row: Row, words: Words) -> str | None:
    """Why it went by no channel, or waits: the last word of whoever voted against one."""
    if row["status"] in ("sent", "delivered", "read"):
        return None
    if row["status"] == "held" and row["scheduled_for"]:
        return words.line("held_until", time=words.time(row["scheduled_for"]))
    against = [vote for vote in row["votes"] or () if not vote.get("allowed")]
    if against:
        return words.vote(against[-1])
    return words.word("codes", row["code"]) if row["code"] else None


def _contact_lines(row: Row, facts: StoredFacts, words: Words) -> Iterator[Line]:
    name = "contact_in" if row["direction"] == "inbound" else "contact_out"
    text = words.line(name, channel=words.channel(row["channel"]))
    who = person(row["staff_id"], facts, None) if row["staff_id"] else None
    said = [words.reason(row["outcome"])] if row["outcome"] else []
    because = ": ".join([*said, *([row["text"]] if row["text"] else [])]) or None
    ids = {name: row[name] for name in ("contact_id", "task_id", "direction", "channel", "notification_id")}
    yield Line(row["at"], "contact", text, who, because, {**ids, "outcome": row["outcome"]})


def _message_lines(row: Row, facts: StoredFacts, words: Words) -> Iterator[Line]:
    who = person(row["staff_id"], facts, None)
    ids = {"notification_id": row["notification_id"], "task_id": row["task_id"]}
    yield Line(row["at"], "message", words.line("message"), who, row["text"] or row["template"], ids)


def _promise_lines(row: Row, facts: StoredFacts, words: Words) -> Iterator[Line]:
    """What became of a promise; that a moved one has a successor is said by its move."""
    action, changed = row["action"], row["changed"]
    if action not in _PROMISE_ACTIONS or (action == "made" and row["predecessor_id"] is not None):
        return
    late = action == "kept" and row["at"] > row["due_at"]
    due_at = datetime.fromisoformat(changed["due_at"]) if "due_at" in changed else row["due_at"]
    values = {"what": row["text"], "due": words.time(due_at), "new_due": words.time(row["moved_to"] or due_at)}
    who = person(row["by"], facts, None) if row["by"] else None
    because = ": ".join(one for one in (changed.get("reason"), changed.get("extra")) if one) or None
    ids = {name: row[name] for name in ("promise_id", "task_id", "timer_id")}
    text = words.line(f"promise_{'kept_late' if late else action}", **values)
    yield Line(row["at"], "promise", text, who, because, ids)


def _comment_lines(row: Row, facts: StoredFacts, words: Words) -> Iterator[Line]:
    who = person(row["staff_id"], facts, None)
    yield Line(row["at"], "comment", words.line("comment"), who, row["text"], {"comment_id": row["comment_id"]})


def _case_status_lines(row: Row, facts: StoredFacts, words: Words) -> Iterator[Line]:
    because = words.reason(row["outcome"]) if row["outcome"] else None
    who = person(row["by"], facts, None) if row["by"] else None
    yield Line(row["at"], row["action"], words.line(row["action"]), who, because, {"event_id": row["event_id"]})


Maker = Callable[[Row, StoredFacts, Words], Iterable[Line]]

MAKERS: Final[Sequence[tuple[str, tuple[str, ...], Maker]]] = (
    ("events", ("event_id",), _event_lines),
    ("task_events", ("task_id", "version"), task_lines),
    ("timer_events", ("seq",), _clock_lines),
    ("notifications", ("notification_id",), _told_lines),
    ("contacts", ("contact_id",), _contact_lines),
    ("messages", ("notification_id",), _message_lines),
    ("promises", ("promise_id", "version"), _promise_lines),
    ("comments", ("comment_id",), _comment_lines),
    ("case_status_changes", ("case_id", "change_id"), _case_status_lines),
)
"""Of each kind of stored facts what a row is known by, and what makes the lines of a row."""
