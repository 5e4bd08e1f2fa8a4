"""A timer as a row of `sla_timer`, and back: it names its policies by their ids, `progress` is what has no column."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from pydantic_core import from_json, to_json

from shared.calendar.document import calendar_document, read_calendar
from shared.calendar.durations import format_duration, format_target, parse_duration, parse_target
from shared.calendar.opening_hours import Calendar
from shared.sla.facts import Owner
from shared.sla.types import Chain, Earlier, Snapshot, Step, Timer, WarningAt

_CHANGING = (
    "subject_id",
    "revision",
    "state",
    "started_at",
    "consumed",
    "running_since",
    "due_at",
    "original_due_at",
    "breached_at",
    "stopped_at",
    "on_attach",
)
_PLAIN = ("fixed", "moved_days", "round", "started_fact", "stopped_fact")
_INSTANTS = ("paused_at", "acknowledged_at")
_DIGITS = 32

PolicyKey = tuple[str, str]
"""Dealer and id of a policy."""

FIXED: Final = frozenset(
    {"timer_id", "dealer_id", "customer_id", "case_id", "task_id", "rule", "target", "subject", "cycle"}
)
"""The columns that say what a timer is of: nothing ever changes them. A promise's goes over to its successor."""

_COLUMNS: Final = (*FIXED, *_CHANGING)


def to_row(timer: Timer) -> dict[str, Any]:
    """The columns of the timer's row."""
    return (
        changing_columns(timer)
        | {name: getattr(timer, name) for name in FIXED}
        | {"policy_id": policy_row(timer.policy)["policy_id"]}
    )


def changing_columns(timer: Timer) -> dict[str, Any]:
    """The columns that a transition may change: all but what the timer is of and the policy it keeps."""
    row: dict[str, Any] = {name: getattr(timer, name) for name in _CHANGING}
    row["owner_role"], row["owner_staff_id"] = timer.owner.role, timer.owner.staff_id
    row["progress"] = _progress(timer)
    return row


def fired_columns(timer: Timer) -> dict[str, Any]:
    """The columns that change when a threshold of a timer fires and the timer goes on."""
    return {"breached_at": timer.breached_at, "progress": _progress(timer)}


def _progress(timer: Timer) -> dict[str, Any]:
    progress: dict[str, Any] = {name: getattr(timer, name) for name in _PLAIN}
    progress |= {name: _written(getattr(timer, name)) for name in _INSTANTS}
    progress["fired"] = sorted(timer.fired)
    progress["escalate_from_s"] = timer.escalate_from.total_seconds() if timer.escalate_from is not None else None
    if timer.earlier:
        progress["earlier"] = [
            {
                "until": one.until.isoformat(),
                "policy_id": policy_row(one.policy)["policy_id"],
                "restarted": one.restarted,
            }
            for one in timer.earlier
        ]
    return progress


def policy_keys(row: Mapping[str, Any]) -> list[PolicyKey]:
    """The policies that a row names: the timer's own, and those it had before."""
    ids = (row["policy_id"], *(one["policy_id"] for one in row["progress"].get("earlier", ())))
    return [(row["dealer_id"], policy_id) for policy_id in ids]


def from_row(row: Mapping[str, Any], policies: Mapping[PolicyKey, Snapshot]) -> Timer:
    """The timer of a row, whose instants are in UTC as the driver gives them, and of the policies it names.

    Raises KeyError where one is missing.
    """
    dealer_id, progress = row["dealer_id"], row["progress"]
    base = progress["escalate_from_s"]
    return Timer(
        **{name: row[name] for name in _COLUMNS},
        **{name: progress[name] for name in _PLAIN},
        paused_at=_instant(progress["paused_at"]),
        acknowledged_at=_instant(progress["acknowledged_at"]),
        fired=frozenset(progress["fired"]),
        escalate_from=None if base is None else timedelta(seconds=base),
        owner=Owner(row["owner_role"], row["owner_staff_id"]),
        policy=policies[dealer_id, row["policy_id"]],
        earlier=tuple(
            Earlier(
                datetime.fromisoformat(one["until"]),
                policies[dealer_id, one["policy_id"]],
                one.get("restarted", False),
            )
            for one in progress.get("earlier", ())
        ),
    )


def policy_row(policy: Snapshot) -> dict[str, Any]:
    """`policy_id` and `document` of the policy's row; worked out once for all who share it."""
    if not policy.known_row:
        document = snapshot_document(policy)
        policy.known_row.update(policy_id=policy_id_of(document), document=document)
    return policy.known_row


def policy_id_of(document: Mapping[str, Any]) -> str:
    """The id of a policy: 128 bits of the SHA-256 of its document, whatever the order of its members."""
    return sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:_DIGITS]


def snapshot_document(policy: Snapshot) -> dict[str, Any]:
    """A policy snapshot as JSON."""
    full = {} if policy.full is None else {"full": format_target(policy.full)}
    return full | {
        "duration": format_target(policy.target),
        "calendar": calendar_document(policy.calendar) if policy.calendar else None,
        "thresholds": [
            {"percent": warning.percent} if warning.lead is None else {"lead": format_duration(warning.lead)}
            for warning in policy.warnings
        ],
        "chain": _chain_document(policy.chain),
        "rearm_after": format_duration(policy.rearm_after),
        "version": policy.version,
    }


def read_snapshot(document: Mapping[str, Any]) -> Snapshot:
    """The snapshot of its JSON."""
    calendar = document["calendar"]
    return Snapshot(
        target=parse_target(document["duration"]),
        calendar=_calendar(to_json(calendar)) if calendar else None,
        warnings=tuple(
            WarningAt(lead=parse_duration(entry["lead"]).time) if "lead" in entry else WarningAt(entry["percent"])
            for entry in document["thresholds"]
        ),
        chain=_read_chain(document["chain"]),
        rearm_after=parse_duration(document["rearm_after"]).time,
        version=document["version"],
        full=parse_target(document["full"]) if "full" in document else None,
    )


@lru_cache(maxsize=256)
def _calendar(document: bytes) -> Calendar:
    """Equal calendars are one value, so that their days are worked out once."""
    return read_calendar(from_json(document))


def _chain_document(chain: Chain) -> dict[str, Any]:
    steps = [
        {
            "after": format_duration(step.after),
            "to": list(step.to),
            "channel_class": step.channel_class,
            "repeat": step.repeat,
        }
        for step in chain.steps
    ]
    return {"notice": list(chain.notice), "steps": steps, "given": chain.given}


def _read_chain(document: Mapping[str, Any]) -> Chain:
    steps = (
        Step(parse_duration(step["after"]).time, tuple(step["to"]), step["channel_class"], step["repeat"])
        for step in document["steps"]
    )
    return Chain(tuple(document["notice"]), tuple(steps), document["given"])


def _written(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
