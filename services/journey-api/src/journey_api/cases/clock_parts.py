"""What a clock's time is made of: where it ran, where it stood still, and under whose responsibility. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared.calendar.business_time import biz
from shared.calendar.opening_hours import Calendar
from shared.sla.facts import NOBODY, Owner
from shared.sla.types import Timer

Event = Mapping[str, Any]
"""A row of `sla_timer_event`."""


@dataclass(frozen=True, slots=True)
class Running:
    """It ran from `begins` to `ends` in the open time of `calendar`. `migrated`: from here on by another policy."""

    begins: datetime
    ends: datetime
    calendar: Calendar | None
    migrated: bool = False

    @property
    def counted(self) -> timedelta:
        """The open time of it."""
        return biz(self.calendar, self.begins, self.ends)


@dataclass(frozen=True, slots=True)
class Paused:
    """It stood still from `begins` on; `ends` None: it still does."""

    begins: datetime
    ends: datetime | None


Part = Running | Paused


@dataclass(frozen=True, slots=True)
class Share:
    """How much time a clock ran under one owner, in whole seconds of open time."""

    owner: Owner
    seconds: int


def parts_of(timer: Timer, events: Iterable[Event], until: datetime) -> list[Part]:
    """Where the clock ran and stood still from its start to `until`, in order; `events` is its history, oldest first.

    A pause that has not ended is the last part.
    """
    parts: list[Part] = []
    since = timer.started_at
    for begins, ends in _pauses(events):
        if begins >= until:
            break
        parts += _running(timer, since, begins)
        parts.append(Paused(begins, ends))
        if ends is None:
            return parts
        since = ends
    return parts + list(_running(timer, since, until))


def counted_parts(timer: Timer, events: Iterable[Event], until: datetime) -> list[Part]:
    """The same from the last time the clock was restarted, or from its start: what counts towards its target."""
    since = timer.counts_from
    parts = [one for one in parts_of(timer, events, until) if one.ends is None or one.ends > since]
    if since > timer.started_at and parts and isinstance(parts[0], Running):
        parts[0] = replace(parts[0], migrated=False)
    return parts


def owner_shares(timer: Timer, events: Sequence[Event], until: datetime) -> list[Share]:
    """How the open time up to `until` is split by owner, in the order they had it; who had it again is summed."""
    turns = [(row["at"], _owner(row)) for row in events if row["action"] in ("started", "owner_moved")]
    owners = [owner for _, owner in turns] or [timer.owner]
    begins = [timer.started_at, *(at for at, _ in turns[1:])]
    running = [part for part in parts_of(timer, events, until) if isinstance(part, Running)]
    spans: dict[Owner, timedelta] = {}
    for owner, low, high in zip(owners, begins, [*begins[1:], until], strict=True):
        counted = (_within(part, low, high) for part in running)
        spans[owner] = spans.get(owner, timedelta()) + sum(counted, timedelta())
    return [Share(owner, int(span.total_seconds())) for owner, span in spans.items()]


def _within(part: Running, low: datetime, high: datetime) -> timedelta:
    begins, ends = max(part.begins, low), min(part.ends, high)
    return biz(part.calendar, begins, ends) if begins < ends else timedelta()


def _owner(row: Event) -> Owner:
    given = row["trace"].get("owner")
    return Owner(given["role"], given["staff_id"]) if given else NOBODY


def _pauses(events: Iterable[Event]) -> list[tuple[datetime, datetime | None]]:
    """Every pause; a correction that told the story again replaces what was recorded before it."""
    pauses: list[tuple[datetime, datetime | None]] = []
    for row in events:
        if "pauses" in row["trace"]:
            pauses = [(_instant(begins), _instant(ends) if ends else None) for begins, ends in row["trace"]["pauses"]]
        elif row["to_state"] == "paused" and row["from_state"] != "paused":
            pauses.append((row["at"], None))
        elif row["from_state"] == "paused" and row["to_state"] != "paused" and pauses:
            pauses[-1] = pauses[-1][0], row["at"]
    return pauses


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _running(timer: Timer, begins: datetime, ends: datetime) -> Iterator[Running]:
    """The stretch by the policy of its time: cut where the clock was migrated to another."""
    calendars = [(one.until, one.policy.calendar) for one in timer.earlier]
    migrated = False
    for until, calendar in calendars:
        if begins < until and begins < ends:
            yield Running(begins, min(until, ends), calendar, migrated)
            begins, migrated = min(until, ends), True
    if begins < ends:
        yield Running(begins, ends, timer.policy.calendar, migrated)
