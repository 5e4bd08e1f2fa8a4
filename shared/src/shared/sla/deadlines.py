"""When a timer is due, and when each of its thresholds fires, from its state alone."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from shared.calendar.business_days import due_in_days
from shared.calendar.business_time import CalendarExhausted, add, biz
from shared.calendar.durations import BusinessDays, Duration, format_duration
from shared.calendar.open_intervals import opening_instant
from shared.calendar.opening_hours import Calendar
from shared.sla.types import Chain, DueAction, Snapshot, Timer, WarningAt

BREACH = "breach"
SECOND = timedelta(seconds=1)
NO_TIME = timedelta(0)


def whole(at: datetime) -> datetime:
    """The instant in UTC, cut off to the second: the only grain in which clocks compare."""
    if at.tzinfo is UTC and not at.microsecond:
        return at
    return at.astimezone(UTC).replace(microsecond=0)


def due_from(policy: Snapshot, started_at: datetime, moved_days: int = 0) -> datetime:
    """When a clock begun at `started_at` is due. Raises CalendarExhausted."""
    target, calendar = policy.target, policy.calendar
    if isinstance(target, Duration) and target.is_time:
        return add(calendar, started_at, target.time)
    if calendar is None:
        raise ValueError("a target in days needs a calendar, if only for its zone")
    if isinstance(target, BusinessDays):
        return due_in_days(calendar, started_at, target, moved_days)
    return shift_local(calendar, started_at, target)


def shift_local(calendar: Calendar, at: datetime, by: Duration, *, back: bool = False) -> datetime:
    """The same local time so many months and days later (or earlier), then the hours and minutes.

    A local time that the clocks skip is the instant of the change, a repeated one its first occurrence.
    """
    local = at.astimezone(calendar.zone)
    day = by.before(local.date()) if back else by.after(local.date())
    minutes = local.hour * 60 + local.minute
    within = timedelta(seconds=local.second, microseconds=local.microsecond)
    moved = opening_instant(calendar.zone, day, minutes) + within
    return moved - by.time if back else moved + by.time


def consumed_at(timer: Timer, at: datetime) -> timedelta:
    """The business time a timer has run by `at`; a paused or ended one no longer runs."""
    if timer.running_since is None:
        return timer.consumed
    return timer.consumed + biz(timer.policy.calendar, timer.running_since, max(at, timer.running_since))


def budget(timer: Timer) -> timedelta:
    """The target D in business time; of days: what lies between start and due, pauses left out."""
    target = timer.policy.target
    if isinstance(target, Duration) and target.is_time and not timer.fixed:
        return target.time
    return consumed_at(timer, timer.due_at)


def pending(timer: Timer) -> tuple[DueAction, ...]:
    """Everything that is still to fire of a timer, by instant; the table of due rows holds the first alone."""
    rows = [
        DueAction(timer.timer_id, timer.cycle, threshold, at, timer.revision)
        for threshold, at in _thresholds(timer)
        if threshold not in timer.fired
    ]
    return tuple(sorted(rows, key=_order)) if len(rows) > 1 else tuple(rows)


def fires_before(one: DueAction, other: DueAction) -> bool:
    """Whether of two thresholds of a timer the first comes first."""
    return _order(one) < _order(other)


def _order(row: DueAction) -> tuple[datetime, tuple[int, float, float]]:
    return row.fire_at, rank(row.threshold)


def overdue(timer: Timer, now: datetime) -> list[str]:
    """The thresholds that should have fired by `now`, lowest first."""
    late = [name for name, at in _thresholds(timer) if at <= now and name not in timer.fired]
    return sorted(late, key=rank) if len(late) > 1 else late


def fires_at(timer: Timer, threshold: str) -> datetime | None:
    """When a threshold fires; None for one that is not to fire, or has fired."""
    if threshold in timer.fired:
        return None
    return next((at for name, at in _thresholds(timer) if name == threshold), None)


def rank(threshold: str) -> tuple[int, float, float]:
    """How high a threshold stands among those of its timer: warnings, then the breach, then step by step."""
    kind, _, rest = threshold.partition(":")
    if kind == "warning":
        return (0, 0, 0) if rest.startswith("-") else (0, 1, float(rest))
    if kind == BREACH:
        return 1, 0, 0
    round_, _, step = rest.partition(".")
    return 2, float(round_), float(step or 0)


def escalation_steps(chain: Chain) -> tuple[tuple[int, timedelta], ...]:
    """Each time a step tells somebody: its index, and the business time since the chain began; repeats unrolled."""
    found: list[tuple[int, timedelta]] = []
    passed = NO_TIME
    for index, step in enumerate(chain.steps):
        for _ in range(step.repeat + 1):
            passed += step.after
            found.append((index, passed))
    return tuple(found)


def warning_name(warning: WarningAt) -> str:
    """`warning:75`, or `warning:-PT10M` for a lead."""
    if warning.lead is not None:
        return f"warning:-{format_duration(warning.lead)}"
    return f"warning:{warning.percent}"


def _thresholds(timer: Timer) -> Iterable[tuple[str, datetime]]:
    """Every threshold of a running timer, fired or not, and its instant."""
    if timer.state != "running":
        return ()
    return _steps_due(timer) if timer.breached_at else _notices_due(timer)


def _notices_due(timer: Timer) -> Iterator[tuple[str, datetime]]:
    total = budget(timer)
    for warning in timer.policy.warnings:
        offset = total - warning.lead if warning.lead is not None else total * (warning.percent or 0) / 100
        if offset >= timer.consumed:
            yield warning_name(warning), whole(_instant(timer, offset))
    yield BREACH, timer.due_at + SECOND


def _steps_due(timer: Timer) -> Iterator[tuple[str, datetime]]:
    if timer.escalate_from is None:
        return
    rearmed = [(f"rearm:{timer.round}", NO_TIME)] if timer.acknowledged_at is not None else None
    steps = enumerate(escalation_steps(timer.policy.chain), start=1)
    for name, passed in rearmed or ((f"step:{timer.round}.{number}", passed) for number, (_, passed) in steps):
        try:
            yield name, _instant(timer, timer.escalate_from + passed)
        except CalendarExhausted:
            return


def _instant(timer: Timer, offset: timedelta) -> datetime:
    assert timer.running_since is not None
    return add(timer.policy.calendar, timer.running_since, max(NO_TIME, offset - timer.consumed))
