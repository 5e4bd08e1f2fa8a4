"""What a task's clocks say in one word each: met, running, at risk, breached."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from shared.calendar.business_time import biz
from shared.calendar.document import parse_calendar
from shared.calendar.opening_hours import Calendar
from shared.calendar.weekly_hours import CalendarError

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

    def left(self, timer: Mapping[str, Any]) -> str:
        """The time until due, or since, as people say it: `35m`, `-2h 10m`, `3d`."""
        seconds = (datetime.fromisoformat(timer["due_at"]) - self.now).total_seconds()
        minutes = int(abs(seconds) // 60)
        sign = "-" if seconds < 0 else ""
        if minutes < 60:
            return f"{sign}{minutes}m"
        if minutes < 48 * 60:
            return f"{sign}{minutes // 60}h {minutes % 60:02}m"
        return f"{sign}{minutes // 1440}d"

    def _late(self, timer: Mapping[str, Any], due: datetime, dealer_id: str) -> bool:
        start = self.starts.get(timer["timer_id"])
        if start is None:
            return False
        hours = self._hours(dealer_id, (timer.get("owner") or {}).get("role"))
        whole = biz(hours, start, due)
        return bool(whole) and biz(hours, start, self.now) >= AT_RISK * whole

    def _hours(self, dealer_id: str, role: str | None) -> Calendar | None:
        dealer = self.dealers.get(dealer_id, {})
        name = (dealer.get("role_calendar") or {}).get(role) or "default"
        document = (dealer.get("calendars") or {}).get(name)
        try:
            return parse_calendar(document, dealer.get("time_zone")) if document else None
        except CalendarError:
            return None
