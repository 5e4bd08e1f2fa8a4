"""What a task's clocks say in one word each: met, running, at risk, breached."""

from datetime import datetime
from typing import Any, Final

AT_RISK: Final = 0.75
"""The share of a clock's time after which its owner is warned."""
STATES: Final = ("breached", "at risk", "running", "paused", "met", "cancelled")


def clock_state(timer: dict[str, Any], now: datetime, started_at: datetime | None = None) -> str:
    """One of STATES. Without `started_at` only the last quarter hour counts as at risk."""
    due = datetime.fromisoformat(timer["due_at"])
    if timer.get("breached_at"):
        return "breached"
    if timer["state"] == "completed":
        return "met"
    if timer["state"] != "running":
        return str(timer["state"])
    if now > due:
        return "breached"
    return "at risk" if _late(due, now, started_at) else "running"


def left(timer: dict[str, Any], now: datetime) -> str:
    """The time until due, or since, as people say it: `35m`, `-2h 10m`, `3d`."""
    seconds = (datetime.fromisoformat(timer["due_at"]) - now).total_seconds()
    minutes = int(abs(seconds) // 60)
    sign = "-" if seconds < 0 else ""
    if minutes < 60:
        return f"{sign}{minutes}m"
    if minutes < 48 * 60:
        return f"{sign}{minutes // 60}h {minutes % 60:02}m"
    return f"{sign}{minutes // 1440}d"


def _late(due: datetime, now: datetime, started_at: datetime | None) -> bool:
    if started_at is None:
        return (due - now).total_seconds() <= 900
    whole = (due - started_at).total_seconds()
    return whole > 0 and (now - started_at).total_seconds() >= AT_RISK * whole
