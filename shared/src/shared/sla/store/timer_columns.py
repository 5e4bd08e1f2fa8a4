"""A timer as a row of `sla_timer`, and back: it names its policies by their ids, `progress` is what has no column."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from shared.sla.facts import Owner
from shared.sla.store.policy_documents import policy_row
from shared.sla.types import Earlier, Snapshot, Timer

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

PolicyKey = tuple[str, str]
"""Dealer and id of a policy."""

FIXED: Final = frozenset(
    {"timer_id", "dealer_id", "customer_id", "case_id", "task_id", "rule", "target", "subject", "cycle"}
)
"""The columns that say what a timer is of: nothing ever changes them. A promise's goes over to its successor."""


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
    base = timer.escalate_from
    progress: dict[str, Any] = {
        "fixed": timer.fixed,
        "moved_days": timer.moved_days,
        "round": timer.round,
        "started_fact": timer.started_fact,
        "stopped_fact": timer.stopped_fact,
        "paused_at": _written(timer.paused_at),
        "acknowledged_at": _written(timer.acknowledged_at),
        "fired": sorted(timer.fired),
        "escalate_from_s": None if base is None else base.total_seconds(),
    }
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
    dealer_id, earlier = row["dealer_id"], row["progress"].get("earlier", ())
    return [(dealer_id, row["policy_id"]), *((dealer_id, one["policy_id"]) for one in earlier)]


def from_row(row: Mapping[str, Any], policies: Mapping[PolicyKey, Snapshot]) -> Timer:
    """The timer of a row, whose instants are in UTC as the driver gives them, and of the policies it names.

    Raises KeyError where one is missing.
    """
    dealer_id, progress = row["dealer_id"], row["progress"]
    base = progress["escalate_from_s"]
    return Timer(
        timer_id=row["timer_id"],
        dealer_id=dealer_id,
        customer_id=row["customer_id"],
        case_id=row["case_id"],
        task_id=row["task_id"],
        rule=row["rule"],
        target=row["target"],
        subject=row["subject"],
        subject_id=row["subject_id"],
        cycle=row["cycle"],
        started_at=row["started_at"],
        due_at=row["due_at"],
        original_due_at=row["original_due_at"],
        policy=policies[dealer_id, row["policy_id"]],
        fixed=progress["fixed"],
        owner=Owner(row["owner_role"], row["owner_staff_id"]),
        revision=row["revision"],
        state=row["state"],
        consumed=row["consumed"],
        running_since=row["running_since"],
        paused_at=_instant(progress["paused_at"]),
        moved_days=progress["moved_days"],
        breached_at=row["breached_at"],
        stopped_at=row["stopped_at"],
        on_attach=row["on_attach"],
        fired=frozenset(progress["fired"]),
        escalate_from=None if base is None else timedelta(seconds=base),
        round=progress["round"],
        acknowledged_at=_instant(progress["acknowledged_at"]),
        started_fact=progress["started_fact"],
        stopped_fact=progress["stopped_fact"],
        earlier=_earlier(dealer_id, progress["earlier"], policies) if "earlier" in progress else (),
    )


def _earlier(
    dealer_id: str, found: Sequence[Mapping[str, Any]], policies: Mapping[PolicyKey, Snapshot]
) -> tuple[Earlier, ...]:
    return tuple(
        Earlier(
            datetime.fromisoformat(one["until"]), policies[dealer_id, one["policy_id"]], one.get("restarted", False)
        )
        for one in found
    )


def _written(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
