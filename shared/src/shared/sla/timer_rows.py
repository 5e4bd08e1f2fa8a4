"""A timer as a row of `sla_timer`, and back. What the table has no column for lives in the `policy` document."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from pydantic_core import from_json, to_json

from shared.sla.calendar import Calendar
from shared.sla.calendar_document import calendar_document, read_calendar
from shared.sla.durations import format_duration, format_target, parse_duration, parse_target
from shared.sla.facts import Owner
from shared.sla.values import Chain, Snapshot, Step, Timer, WarningAt

_COLUMNS = (
    "timer_id",
    "dealer_id",
    "customer_id",
    "case_id",
    "task_id",
    "rule",
    "target",
    "subject",
    "subject_id",
    "cycle",
    "generation",
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


def to_row(timer: Timer) -> dict[str, Any]:
    """The columns of the timer's row."""
    row = {name: getattr(timer, name) for name in _COLUMNS}
    row |= {"owner_role": timer.owner.role, "owner_staff_id": timer.owner.staff_id}
    state: dict[str, Any] = {name: getattr(timer, name) for name in _PLAIN}
    state |= {name: _text(getattr(timer, name)) for name in _INSTANTS}
    state["fired"] = sorted(timer.fired)
    state["escalate_from_s"] = timer.escalate_from.total_seconds() if timer.escalate_from is not None else None
    row["policy"] = snapshot_document(timer.policy) | {"state": state}
    return row


def from_row(row: Mapping[str, Any]) -> Timer:
    """The timer of a row."""
    state = row["policy"]["state"]
    base = state["escalate_from_s"]
    return Timer(
        **{name: _utc(row[name]) for name in _COLUMNS},
        **{name: state[name] for name in _PLAIN},
        paused_at=_instant(state["paused_at"]),
        acknowledged_at=_instant(state["acknowledged_at"]),
        fired=frozenset(state["fired"]),
        escalate_from=None if base is None else timedelta(seconds=base),
        owner=Owner(row["owner_role"], row["owner_staff_id"]),
        policy=read_snapshot(row["policy"]),
    )


def snapshot_document(policy: Snapshot) -> dict[str, Any]:
    """A policy snapshot as JSON."""
    return {
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


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
