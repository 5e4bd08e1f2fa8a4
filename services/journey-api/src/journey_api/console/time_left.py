"""How much time is left: open time of the clock's own hours, and when that is no longer what it was. Pure."""

from datetime import datetime, timedelta
from typing import Final

from journey_api.console.catalogue import Catalogue
from shared.calendar.business_days import business_days_left
from shared.calendar.business_time import HORIZON, biz
from shared.calendar.open_intervals import spans_between
from shared.sla.types import Timer

_DAY_HOURS: Final = 24


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


def open_span(timer: Timer, now: datetime, span: timedelta, texts: Catalogue) -> tuple[str, str]:
    """The open time left: whole business days of the clock's calendar, below one of them hours and minutes."""
    days = days_left(timer, now)
    return (str(days), texts.text("countdown.business_days", count=days)) if days else duration(span, texts)


def days_left(timer: Timer, now: datetime) -> int:
    """The whole business days left; none of a clock that runs day and night."""
    return business_days_left(timer.policy.calendar, now, timer.due_at)


def next_turn(timer: Timer, now: datetime) -> datetime | None:
    """When the clock's calendar shuts, or opens where it is shut; or before that, when a business day less is left."""
    calendar = timer.policy.calendar
    if calendar is None or calendar.never_closes:
        return None
    for start, end in spans_between(calendar, now, now + HORIZON):
        if start > now:
            return start
        less = _a_day_less(timer.due_at.astimezone(calendar.zone), now)
        return less if days_left(timer, now) and now < less < end else end
    return None


def _a_day_less(due: datetime, now: datetime) -> datetime:
    """The minute of today from which on a business day would end after the local time of `due`."""
    today = now.astimezone(due.tzinfo)
    return today.replace(hour=due.hour, minute=due.minute, second=0, microsecond=0) + timedelta(minutes=1)
