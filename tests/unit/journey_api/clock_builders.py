"""A clock of a dealer in Lisbon, open on weekdays from 9 to 13 and 14 to 19, and its history as rows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from journey_api.cases.timeline_words import Words
from shared.calendar.document import parse_calendar
from shared.calendar.durations import Target, parse_target
from shared.calendar.opening_hours import Calendar
from shared.playbook.ruleset.loader import playbook
from shared.sla.engine import timer as machine
from shared.sla.facts import Owner
from shared.sla.store.timers import event_trace
from shared.sla.types import Identity, Snapshot, Timer, TimerEvent, TimerTransition

ZONE = ZoneInfo("Europe/Lisbon")
WEEK = {day: [["09:00", "13:00"], ["14:00", "19:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
ANA, RUI = Owner("salesperson", "S-ana"), Owner("service_advisor", "S-rui")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def calendar(**fields: Any) -> Calendar:
    return parse_calendar({"week": WEEK, **fields}, "Europe/Lisbon")


def at(text: str) -> datetime:
    """`2026-11-20 18:10` in UTC, which is what clocks in Lisbon show in winter."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def policy(target: Any, hours: Calendar | None = None, full: Target | None = None) -> Snapshot:
    return Snapshot(parse_target(target), hours or calendar(), full=full)


class Clock:
    """A clock, moved through its life."""

    def __init__(self, target: Any, start: str, *, hours: Calendar | None = None, **more: Any) -> None:
        identity = Identity(
            timer_id="T-1", dealer_id="lisboa-01", rule="T-33", target="resolution", subject="case", subject_id="K-1"
        )
        snapshot = more.pop("snapshot", None) or policy(target, hours)
        begun = machine.start(identity, snapshot, at=at(start), now=at(start), owner=ANA, **more)
        self.timer: Timer = begun.timer
        self.history: list[TimerEvent] = list(begun.events)

    def then(self, moved: TimerTransition) -> "Clock":
        self.timer = moved.timer
        self.history += moved.events
        return self

    def paused(self, begins: str, ends: str | None = None) -> "Clock":
        self.then(machine.pause(self.timer, at(begins)))
        return self if ends is None else self.then(machine.resume(self.timer, at(ends)))

    @property
    def rows(self) -> Sequence[dict[str, Any]]:
        names = ("at", "action", "from_state", "to_state", "threshold", "cause")
        return [
            {name: getattr(event, name) for name in names} | {"seq": seq, "trace": event_trace(event)}
            for seq, event in enumerate(self.history, start=1)
        ]


def words(language: str = "en") -> Words:
    return Words(language, ZONE, playbook().texts)
