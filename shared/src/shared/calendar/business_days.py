"""Targets in business days, and the local day of a dealer. A day is an open local date, never 24 hours."""

from datetime import date, datetime, timedelta

from shared.calendar.business_time import HORIZON, CalendarExhausted
from shared.calendar.durations import BusinessDays
from shared.calendar.open_intervals import local_date, opening_instant, spans_of
from shared.calendar.open_totals import Measure, totals_of
from shared.calendar.opening_hours import Calendar
from shared.calendar.zone_change_totals import Total

_DAY = timedelta(days=1)


def open_days_after(calendar: Calendar, at: datetime, n: int, since: datetime | None = None) -> date:
    """The n-th (n >= 1) open local date later than the date of `at`.

    Raises CalendarExhausted where it is over 400 days later than `since`, which is `at` unless said otherwise.
    """
    if n < 1:
        raise ValueError("the first later open date is number 1")
    dates, first = _open_dates(calendar), local_date(calendar, at).toordinal() + 1
    last = local_date(calendar, since or at).toordinal() + 1 + HORIZON.days
    found = dates.first_date_with(dates.before(first) + n, first, last)
    if found is None:
        raise CalendarExhausted(f"not enough open dates within {HORIZON.days} days")
    return date.fromordinal(found)


def due_in_days(
    calendar: Calendar, at: datetime, target: BusinessDays, moved: int = 0, since: datetime | None = None
) -> datetime:
    """When a business-day target begun at `at` is due; `moved`: the open dates it was paused, until `since`.

    That date at the local time `by` clipped to the opening hours: not before the first opening, not after the last
    closing, and inside a break at the closing before it. Raises CalendarExhausted.
    """
    day = open_days_after(calendar, at, target.days + moved, since)
    spans = spans_of(calendar, day)
    if target.by is None:
        return spans[-1][1]
    wanted = opening_instant(calendar.zone, day, target.by)
    if wanted < spans[0][0]:
        return spans[0][0]
    return next((min(wanted, end) for start, end in reversed(spans) if start <= wanted))


def closing_of_day(calendar: Calendar, at: datetime) -> datetime:
    """The last closing of the local date of `at`; of the next open date where that is closed, or over already.

    Raises CalendarExhausted.
    """
    spans = spans_of(calendar, local_date(calendar, at))
    if spans and at < spans[-1][1]:
        return spans[-1][1]
    return due_in_days(calendar, at, BusinessDays(1))


def open_days_between(calendar: Calendar, x: datetime, y: datetime) -> int:
    """The open local dates after the date of `x`, up to and with the date of `y`: what a pause moves a target by."""
    dates = _open_dates(calendar)
    first, last = (local_date(calendar, at).toordinal() + 1 for at in (x, y))
    return max(dates.before(last) - dates.before(first), 0)


def business_days_left(calendar: Calendar | None, now: datetime, due: datetime) -> int:
    """How many whole business days lie ahead of `due`: the last one ends, at the local time of `now`, not after it.

    None where no calendar shuts, and time is counted day and night.
    """
    if calendar is None or calendar.never_closes:
        return 0
    local = now.astimezone(calendar.zone)
    days = open_days_between(calendar, now, due) if now < due else 0
    target = BusinessDays(days, local.hour * 60 + local.minute) if days else None
    if target and due_in_days(calendar, now, target, since=due) > due:
        days -= 1
    return days


def _open_dates(calendar: Calendar) -> Measure:
    known = calendar.worked_out.get(_open_dates)
    if known is None:
        known = calendar.worked_out[_open_dates] = Measure(totals_of(calendar), _dates)
    assert isinstance(known, Measure)
    return known


def _dates(total: Total) -> int:
    return total.dates
