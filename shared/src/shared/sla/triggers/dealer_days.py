"""The triggers that belong to a dealer itself: the first day of each quarter, and each open day."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from shared.calendar.durations import shift_months
from shared.sla.policy.policy import Policies
from shared.sla.triggers.openings import opening_from, opening_of
from shared.sla.triggers.scheduled_triggers import LATE_AT_MOST, ScheduledTrigger
from shared.sla.triggers.series import cycle_of, day_of

QUARTER: Final = "T-11"
DUE_LIST: Final = "T-15"
WORKSHOP_DAY: Final = "T-28"
DAY_SERIES: Final = (QUARTER, DUE_LIST, WORKSHOP_DAY)
_DAY: Final = timedelta(days=1)
_LOOKS_AHEAD: Final = 400


def dealer_triggers(policies: Policies, now: datetime) -> list[ScheduledTrigger]:
    """What a dealer that arrives now has scheduled.

    A quarter that began at most 30 days ago is planned for at once; an open day that has begun is over for the lists.
    """
    today = now.astimezone(policies.zone).date()
    quarter = quarter_of(today)
    if today - quarter > LATE_AT_MOST:
        quarter = shift_months(quarter, 3)
    found = [_quarter(policies, quarter, now), *(_open_day(policies, name, now) for name in (DUE_LIST, WORKSHOP_DAY))]
    return [trigger for trigger in found if trigger is not None]


def next_dealer_trigger(policies: Policies, name: str, cycle: int, now: datetime) -> ScheduledTrigger | None:
    """The trigger after one of a dealer. A quarter that has begun meanwhile is not lost; a day that is over is."""
    if name == QUARTER:
        return _quarter(policies, shift_months(quarter_of(day_of(cycle)), 3), now)
    return _open_day(policies, name, now, day_of(cycle))


def quarter_of(day: date) -> date:
    """The first day of its quarter."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def _quarter(policies: Policies, first: date, now: datetime) -> ScheduledTrigger:
    at = opening_of(policies.hours_on(QUARTER, first), first)
    if at <= now:
        at = opening_from(policies.hours_on(QUARTER, now.astimezone(policies.zone).date()), now)
    return ScheduledTrigger(QUARTER, cycle_of(first), at)


def _open_day(policies: Policies, name: str, now: datetime, after: date | None = None) -> ScheduledTrigger | None:
    """The next opening of a day that is later than `after` and still to come."""
    for day in _days_from(now.astimezone(policies.zone).date()):
        opens = opening_of(policies.hours_on(name, day), day)
        open_day = opens.astimezone(policies.zone).date()
        if opens > now and open_day == day and (after is None or day > after):
            return ScheduledTrigger(name, cycle_of(day), opens)
    return None


def _days_from(first: date) -> Iterator[date]:
    return (first + days * _DAY for days in range(_LOOKS_AHEAD))
