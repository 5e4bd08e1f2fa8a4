"""What a task's clocks say in one word each: met, running, at risk, breached."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from shared.calendar.business_days import business_days_left
from shared.calendar.business_time import biz
from shared.calendar.opening_hours import Calendar
from shared.sla.policy.policy import read_policies

AT_RISK: Final = 0.75
"""The share of a clock's time after which its owner is warned."""
STATES: Final = ("met", "paused", "running", "at risk", "breached")


@dataclass(frozen=True)
class ClockReader:
    """Judges clocks at `now`. `starts` (timer id to start) and `dealers` (id to record) are as much as is known."""

    now: datetime
    starts: Mapping[str, datetime] = field(default_factory=dict)
    dealers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def state(self, timer: Mapping[str, Any], dealer_id: str) -> str:
        """One of STATES, or `cancelled`."""
        due = datetime.fromisoformat(timer["due_at"])
        if timer.get("breached_at") or (timer["state"] == "running" and self.now > due):
            return "breached"
        if timer["state"] == "completed":
            return "met"
        if timer["state"] != "running":
            return str(timer["state"])
        return "at risk" if self._late(timer, due, dealer_id) else "running"

    def left(self, timer: Mapping[str, Any], dealer_id: str) -> str:
        """The open time until due, `35m`, `2h 10m`, or in whole business days, `3d`; what is over counts day and night.

        So the console counts them too.
        """
        due = datetime.fromisoformat(timer["due_at"])
        if due < self.now:
            return f"-{_as_said(self.now - due)}"
        hours = self._hours(timer, dealer_id)
        days = business_days_left(hours, self.now, due)
        return f"{days}d" if days else _as_said(biz(hours, self.now, due))

    def _late(self, timer: Mapping[str, Any], due: datetime, dealer_id: str) -> bool:
        start = self.starts.get(timer["timer_id"])
        if start is None:
            return False
        hours = self._hours(timer, dealer_id)
        whole = biz(hours, start, due)
        return bool(whole) and biz(hours, start, self.now) >= AT_RISK * whole

    def _hours(self, timer: Mapping[str, Any], dealer_id: str) -> Calendar | None:
        role = (timer.get("owner") or {}).get("role")
        try:
            return read_policies(self.dealers[dealer_id]).snapshot(timer["rule"], timer["target"], role).calendar
        except (KeyError, ValueError):
            return None


def _as_said(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes}m"
    if minutes < 24 * 60:
        return f"{minutes // 60}h {minutes % 60:02}m"
    return f"{minutes // (24 * 60)}d"
