"""A clock whole: its history, why each change came and who was told, its owners, its arithmetic. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from typing_extensions import TypedDict

from journey_api.cases.clock_parts import Event, owner_shares
from journey_api.cases.clock_words import in_words
from journey_api.cases.timeline_facts import Row
from journey_api.cases.timeline_tasks import TASK_KINDS
from journey_api.cases.timeline_words import Words
from shared.messaging.field_types import Id, Role
from shared.sla.engine.given_dates import BROUGHT_FORWARD, MOVED
from shared.sla.engine.role_changes import RETROACTIVE
from shared.sla.engine.timer import RESTARTED
from shared.sla.store.documents import TimerDocument, timer_document
from shared.sla.types import State, Timer


class ToldOfClock(TypedDict):
    """A notice about a change of a clock."""

    notification_id: str
    staff_id: Id | None
    message: str
    channel: str | None
    status: str


ClockChange = TypedDict(
    "ClockChange",
    {
        "at": datetime,
        "action": str,
        "from": State | None,
        "to": State | None,
        "because": str,
        "told": list[ToldOfClock],
    },
)
"""One change of a clock: from which state to which, why in words, who was told. `action` names what happened."""


class OwnerShare(TypedDict):
    """The seconds of open time that a clock ran under one owner."""

    role: Role | None
    staff_id: Id | None
    seconds: int


class ClockHistory(TimerDocument):
    """A clock whole. `in_words` is the arithmetic of its due time in the reader's language, times in the dealer's zone.

    `owners`: the open time so far, split by who answered for it.
    """

    name: str
    in_words: str
    owners: list[OwnerShare]
    history: list[ClockChange]


@dataclass(frozen=True, slots=True)
class ClockRows:
    """What is stored of a clock: its events oldest first, what caused them by the id of the cause, the notices of it.

    A cause is a row of an event, a contact, a change of a task or a change of the case's status; `kind` says which.
    """

    events: Sequence[Event]
    causes: Mapping[str, Row] = field(default_factory=dict)
    notices: Sequence[Row] = ()
    people: Mapping[str, str] = field(default_factory=dict)


_WITH_CAUSE: Final = frozenset({"started", "paused", "resumed", "met", "missed", "cancelled", "acknowledged"})
_CORRECTIONS: Final = {
    "policy": "migrated",
    "kept in time": "kept_in_time",
    RESTARTED: "restarted",
    RETROACTIVE: "retroactive",
    MOVED: "promise_moved",
    BROUGHT_FORWARD: "promise_brought_forward",
}


def clock_history(timer: Timer, rows: ClockRows, words: Words, now: datetime) -> ClockHistory:
    """The document of a clock as of `now`."""
    until = max(timer.stopped_at or now, timer.started_at)
    told = _told(timer, rows)
    return {
        **timer_document(timer),
        "name": words.name("time_rules", timer.rule),
        "in_words": in_words(timer, rows.events, words),
        "owners": [
            {"role": share.owner.role, "staff_id": share.owner.staff_id, "seconds": share.seconds}
            for share in owner_shares(timer, rows.events, until)
        ],
        "history": [
            {
                "at": row["at"],
                "action": row["action"],
                "from": row["from_state"],
                "to": row["to_state"],
                "because": _because(row, rows, words),
                "told": told[row["seq"]],
            }
            for row in rows.events
        ],
    }


def _told(timer: Timer, rows: ClockRows) -> Mapping[int, list[ToldOfClock]]:
    """The notices by the change they tell of: that of their threshold, else the newest before them."""
    fired = {f"{timer.timer_id}:{row['threshold']}": row["seq"] for row in rows.events if row["threshold"]}
    told: dict[int, list[ToldOfClock]] = defaultdict(list)
    for notice in rows.notices:
        before = [row["seq"] for row in rows.events if row["at"] <= notice["created_at"]]
        seq = fired.get(notice["params"].get("key"), before[-1] if before else rows.events[0]["seq"])
        told[seq].append(
            {
                "notification_id": notice["notification_id"],
                "staff_id": notice["staff_id"],
                "message": notice["message"],
                "channel": notice["channel"],
                "status": notice["status"],
            }
        )
    return told


def _because(row: Event, rows: ClockRows, words: Words) -> str:
    action, trace = row["action"], row["trace"]
    values: dict[str, Any] = {}
    if action == "corrected":
        action = _CORRECTIONS.get(trace.get("detail"), "corrected")
    if action in _WITH_CAUSE or action == "kept_in_time":
        values["cause"] = _cause(rows.causes.get(row["cause"] or ""), words)
    elif action == "warning":
        percent = row["threshold"].partition(":")[2]
        action = "warning_lead" if percent.startswith("-") else "warning"
        values["percent"] = percent
    elif action == "breached" and trace.get("on_attach"):
        action = "on_attach"
    elif action == "escalated":
        values["step"] = trace["step"] + 1
    elif action == "owner_moved":
        values["who"] = _who(trace.get("owner") or {}, rows, words)
    return words.line(f"clock_because.{action}", **values)


def _cause(row: Row | None, words: Words) -> str:
    """What happened, in words; without a record of it, time itself."""
    if row is None:
        return words.line("clock_because.time")
    if row["kind"] == "contact":
        name = "contact_in" if row["direction"] == "inbound" else "contact_out"
        return words.line(name, channel=words.channel(row["channel"]))
    if row["kind"] == "task":
        return words.line(TASK_KINDS.get(row["action"], "queued"), title=words.entry(row["entry"]))
    if row["kind"] == "case":
        return words.line(row["action"])
    names = [words.name("occurrences", one) for one in row["occurrences"] or ()]
    return ", ".join(names) or words.step(row["step"])


def _who(owner: Mapping[str, str | None], rows: ClockRows, words: Words) -> str:
    staff_id, role = owner.get("staff_id"), owner.get("role")
    named = rows.people.get(staff_id or "") or staff_id
    return named or (words.name("roles", role) if role else "–")
