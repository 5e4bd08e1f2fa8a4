"""The triggers of a time rule that are to be scheduled: one row of `timer_due` a series and record (timers 5.7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from shared.calendar.open_intervals import opening_instant
from shared.sla.policy.policy import Policies
from shared.sla.triggers.openings import opening_from, opening_of
from shared.sla.triggers.series import FIRST_DAY, LOOKED_FOR, Date, Series, cycle_of, dates, day_of, series_of

LATE_AT_MOST: Final = timedelta(days=30)
"""How old a date may be, when its record arrives, to be acted on all the same."""
_LOOKS_BACK: Final = timedelta(days=400)
"""How far back a date may be that a dealer who was closed since then has still to act on."""


@dataclass(frozen=True, slots=True)
class ScheduledTrigger:
    """A trigger of the series `name`, to be looked at at `fire_at`, UTC."""

    name: str
    cycle: int
    fire_at: datetime


def triggers_of(
    record_kind: str, record: Mapping[str, Any], policies: Policies, now: datetime
) -> dict[str, ScheduledTrigger]:
    """What a record that arrives now has scheduled, by series. A customer's `record` also holds dates of contacts."""
    found = ((one.name, arriving(one, record, policies, now)) for one in series_of(record_kind))
    return {name: trigger for name, trigger in found if trigger is not None}


def arriving(series: Series, record: Mapping[str, Any], policies: Policies, now: datetime) -> ScheduledTrigger | None:
    """The first trigger of a record that arrives: a date past for at most 30 days counts once, else the next one.

    Whoever counts from contacts is looked at again even where nothing comes: a contact moves it.
    """
    past: Date | None = None
    for one in dates(series, record, policies, _since(policies, now)):
        at = fires_at(series, one, policies)
        if at > now:
            return _late(series, past, policies, now) or ScheduledTrigger(series.name, one.cycle, at)
        past = one
    return _late(series, past, policies, now) or look_again(series, policies, now)


def following(
    series: Series, record: Mapping[str, Any], policies: Policies, after: int, now: datetime
) -> ScheduledTrigger | None:
    """The trigger after the one numbered `after`, due at once where its date has passed meanwhile."""
    for one in dates(series, record, policies, _from_cycle(series, after)):
        if one.cycle > after:
            return _scheduled(series, one, policies, now)
    return look_again(series, policies, now)


def current(series: Series, record: Mapping[str, Any], policies: Policies, cycle: int) -> Date | None:
    """The date a trigger is for; None where the record does not ask for it any more."""
    for one in dates(series, record, policies, _from_cycle(series, cycle)):
        if one.cycle >= cycle:
            return one if one.cycle == cycle else None
    return None


def moved(
    series: Series, record: Mapping[str, Any], policies: Policies, cycle: int | None, now: datetime
) -> ScheduledTrigger | None:
    """The trigger scheduled as `cycle`, by the dealer's hours and durations of now; None: no trigger was scheduled.

    A date that another duration has moved counts as arriving; what had nothing to come has nothing past.
    """
    kept = None if cycle is None else current(series, record, policies, cycle)
    if kept is not None and fires_at(series, kept, policies) <= now:
        return _scheduled(series, kept, policies, now)
    if kept is None and cycle is not None:
        return arriving(series, record, policies, now)
    since = _since(policies, now)
    coming = (one for one in dates(series, record, policies, since) if fires_at(series, one, policies) > now)
    found = next(coming, None)
    return look_again(series, policies, now) if found is None else _scheduled(series, found, policies, now)


def fires_at(series: Series, one: Date, policies: Policies) -> datetime:
    """When a date is acted on: at its own instant, or at the opening of the dealer's day.

    What is for the date itself and falls on a closed day is acted on from its midnight; the hours of whom it is sent to
    hold it.
    """
    if one.at is not None:
        return one.at
    calendar = policies.hours_on(series.rule.rule, one.day)
    opens = opening_of(calendar, one.day, before=series.before)
    if series.on_its_day and opens.astimezone(calendar.zone).date() != one.day:
        return opening_instant(calendar.zone, one.day, 0)
    return opens


def look_again(series: Series, policies: Policies, now: datetime) -> ScheduledTrigger | None:
    """Of what counts from contacts, the earliest one that a contact of today could lead to: of tomorrow at least."""
    if series.field not in LOOKED_FOR:
        return None
    today = now.astimezone(policies.zone).date()
    day = max(series.step(policies).after(today), today + timedelta(days=1))
    return _scheduled(series, Date(cycle_of(day), day), policies, now)


def _since(policies: Policies, now: datetime) -> date:
    return now.astimezone(policies.zone).date() - _LOOKS_BACK


def _from_cycle(series: Series, cycle: int) -> date:
    return FIRST_DAY if series.record == "appointment" else day_of(cycle)


def _late(series: Series, past: Date | None, policies: Policies, now: datetime) -> ScheduledTrigger | None:
    if past is None or now.astimezone(policies.zone).date() - past.day > LATE_AT_MOST:
        return None
    if past.until is not None and past.until <= now:
        return None
    return _scheduled(series, past, policies, now)


def _scheduled(series: Series, one: Date, policies: Policies, now: datetime) -> ScheduledTrigger:
    """Its row; what is past is acted on at once in opening hours, else at the next opening."""
    at = fires_at(series, one, policies)
    if at <= now:
        today = now.astimezone(policies.zone).date()
        at = now if one.at is not None else opening_from(policies.hours_on(series.rule.rule, today), now)
    return ScheduledTrigger(series.name, one.cycle, at)
