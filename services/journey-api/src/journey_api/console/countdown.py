"""A clock as people read it: what is left, until when, and the shape that says its state. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from journey_api.console.catalogue import Catalogue
from journey_api.console.time_left import days_left, duration, next_turn, open_left, open_span
from shared.calendar.business_time import CalendarExhausted, biz, is_open, next_opening
from shared.languages.dates import format_short_day
from shared.sla.types import Timer

Shape = Literal["running", "warning", "breached", "paused", "closed", "met"]
_DEFAULT_WARNING: Final = 75
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class Countdown:
    """`left` and `unit` are read as one ("7", "min"); `ring` is what is left of the target, 0 to 100.

    For the browser, which counts on: `seconds` of open time left and `total` of the target, how many whole business
    `days` they are, the percentage left at which it `warns`, the instant from which on only the server knows what is
    left, as the calendar `turns` from open to shut or back or a day less is left (None: never), and what `by` becomes
    when it is `late`.
    """

    timer_id: str
    rule: str
    target: str
    state: Shape
    due_at: datetime
    left: str
    unit: str
    by: str
    ring: int
    running: bool
    seconds: int
    days: int
    total: int
    warns: int
    turns: datetime | None
    late: str


def countdown(timer: Timer, now: datetime, zone: ZoneInfo, texts: Catalogue) -> Countdown:
    """The clock at an instant, its times in the dealer's zone."""
    span, whole = open_left(timer, now), _whole(timer, now)
    ring = min(_WHOLE, round(_WHOLE * span / whole)) if whole else 0
    shape = _shape(timer, now, ring)
    due = time_of(timer.due_at, now, zone, texts.language)
    left, unit = _left(timer, shape, now, span, texts)
    late = texts.text(f"countdown.was.{timer.target}", time=due)
    return Countdown(
        timer_id=timer.timer_id,
        rule=timer.rule,
        target=timer.target,
        state=shape,
        due_at=timer.due_at,
        left=left,
        unit=unit,
        by=late if shape == "breached" else _by(timer, shape, now, zone, due, span, texts),
        ring=ring if shape in ("running", "warning") else 0,
        running=timer.state == "running",
        seconds=int(span.total_seconds()),
        days=days_left(timer, now),
        total=int(whole.total_seconds()),
        warns=_WHOLE - _warns_at(timer),
        turns=next_turn(timer, now) if timer.state == "running" else None,
        late=late,
    )


def is_late(timer: Timer, now: datetime) -> bool:
    """Whether the clock is past due, or was when it ended."""
    running_late = timer.state == "running" and timer.due_at < now.replace(microsecond=0)
    return timer.breached_at is not None or running_late


def _shape(timer: Timer, now: datetime, ring: int) -> Shape:
    """What the clock looks like. `closed` is a running clock whose calendar is shut; `breached` wins over all."""
    if is_late(timer, now):
        return "breached"
    if not timer.live:
        return "met"
    if timer.state == "paused":
        return "paused"
    if not is_open(timer.policy.calendar, now):
        return "closed"
    return "warning" if _WHOLE - ring >= _warns_at(timer) else "running"


def time_of(at: datetime, now: datetime, zone: ZoneInfo, language: str) -> str:
    """`13:15` today, `Mon 23 Nov, 10:00` on other days."""
    local = at.astimezone(zone)
    clock = f"{local.hour:02}:{local.minute:02}"
    if local.date() == now.astimezone(zone).date():
        return clock
    return f"{_day(local.date(), language)}, {clock}"


@lru_cache(maxsize=1_000)
def _day(day: date, language: str) -> str:
    return format_short_day(day, language)


def _left(timer: Timer, shape: Shape, now: datetime, span: timedelta, texts: Catalogue) -> tuple[str, str]:
    if shape in ("met", "paused", "closed"):
        return texts.text(f"countdown.{shape}"), ""
    if shape == "breached":
        until = timer.stopped_at if timer.stopped_at is not None else now
        number, unit = duration(max(until - timer.due_at, timedelta(0)), texts)
        return number, texts.text("countdown.over", unit=unit).strip()
    return open_span(timer, now, span, texts)


def _by(timer: Timer, shape: Shape, now: datetime, zone: ZoneInfo, due: str, span: timedelta, texts: Catalogue) -> str:
    if shape == "met":
        return _ended(timer, now, zone, texts)
    if shape == "paused":
        return texts.text("countdown.stands_still")
    if shape == "closed":
        return _opening(timer, now, zone, span, texts)
    return texts.text(f"countdown.by.{timer.target}", time=due)


def _ended(timer: Timer, now: datetime, zone: ZoneInfo, texts: Catalogue) -> str:
    if timer.stopped_at is None or timer.state == "cancelled":
        return texts.text("countdown.withdrawn")
    at = time_of(timer.stopped_at, now, zone, texts.language)
    number, unit = duration(timer.due_at - timer.stopped_at, texts)
    return texts.text("countdown.early", time=at, span=f"{number} {unit}".strip())


def _opening(timer: Timer, now: datetime, zone: ZoneInfo, span: timedelta, texts: Catalogue) -> str:
    number, unit = open_span(timer, now, span, texts)
    try:
        opens = time_of(next_opening(timer.policy.calendar, now), now, zone, texts.language)
    except CalendarExhausted:
        return texts.text("countdown.never_opens")
    return texts.text("countdown.opens", time=opens, span=f"{number} {unit}".strip())


def _whole(timer: Timer, now: datetime) -> timedelta:
    """The open time of the target, as far as it has been counted and is still to be."""
    since = timer.running_since or timer.started_at
    if timer.due_at <= since:
        return open_left(timer, now)
    return timer.consumed + biz(timer.policy.calendar, since, timer.due_at)


def _warns_at(timer: Timer) -> int:
    percents = [warning.percent for warning in timer.policy.warnings if warning.percent is not None]
    return min(percents, default=_DEFAULT_WARNING)
