"""A clock as people read it: what is left, until when, and the shape that says its state. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from journey_api.console.catalogue import Catalogue
from shared.calendar.business_time import HORIZON, CalendarExhausted, biz, is_open, next_opening
from shared.calendar.open_intervals import spans_between
from shared.languages.dates import format_short_day
from shared.sla.types import Timer

Shape = Literal["running", "warning", "breached", "paused", "closed", "met"]
_DEFAULT_WARNING: Final = 75
_WHOLE: Final = 100
_DAY_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Countdown:
    """`left` and `unit` are read as one ("7", "min"); `ring` is what is left of the target, 0 to 100.

    For the browser, which counts on: `seconds` of open time left and `total` of the target, the percentage left at
    which it `warns`, the instant at which the calendar `turns` from open to shut or back (None: it never does), and
    what `by` becomes when it is `late`.
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
        total=int(whole.total_seconds()),
        warns=_WHOLE - _warns_at(timer),
        turns=_turn(timer, now) if timer.state == "running" else None,
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


def duration(span: timedelta, texts: Catalogue) -> tuple[str, str]:
    """A span as a number and its unit: `7`, `min`; `2 h 13`; `3`, `days`."""
    minutes = max(int(span.total_seconds()) // 60, 0)
    hours, rest = divmod(minutes, 60)
    if hours >= _DAY_HOURS:
        days = hours // _DAY_HOURS
        return str(days), texts.text("countdown.days", count=days)
    if hours:
        return texts.text("countdown.hours", hours=hours, minutes=f"{rest:02}"), ""
    return str(minutes), texts.text("countdown.minutes")


def open_left(timer: Timer, now: datetime) -> timedelta:
    """The open time until the clock is due."""
    return biz(timer.policy.calendar, now, timer.due_at) if timer.due_at > now else timedelta(0)


def _left(timer: Timer, shape: Shape, now: datetime, span: timedelta, texts: Catalogue) -> tuple[str, str]:
    if shape in ("met", "paused", "closed"):
        return texts.text(f"countdown.{shape}"), ""
    if shape == "breached":
        until = timer.stopped_at if timer.stopped_at is not None else now
        number, unit = duration(max(until - timer.due_at, timedelta(0)), texts)
        return number, texts.text("countdown.over", unit=unit).strip()
    return duration(span, texts)


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
    number, unit = duration(span, texts)
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


def _turn(timer: Timer, now: datetime) -> datetime | None:
    """When the clock's calendar shuts, or opens where it is shut."""
    calendar = timer.policy.calendar
    if calendar is None or calendar.never_closes:
        return None
    for start, end in spans_between(calendar, now, now + HORIZON):
        return start if start > now else end
    return None


def _warns_at(timer: Timer) -> int:
    percents = [warning.percent for warning in timer.policy.warnings if warning.percent is not None]
    return min(percents, default=_DEFAULT_WARNING)
