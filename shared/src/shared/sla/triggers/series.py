"""The dates of a time rule for a record: which there are, and how the rule's duration moves them (timers 5.7)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final, Literal

from shared.calendar.durations import Duration
from shared.order_status import ENDED, status_of
from shared.sla.deadlines import shift_local
from shared.sla.policy.policy import Policies
from shared.sla.policy.rules import Rule, load_rules

RecordKind = Literal["vehicle", "appointment", "order", "customer"]

LOOKED_FOR: Final = ("last_contact_on", "last_proactive_contact_on", "last_feedback_request_on")
"""Dates of a customer that no record holds: they follow the contacts, else the beginning of the profile."""

DAYS_OF_CUSTOMER: Final = ("birthday", "purchase_anniversary")
UPCOMING: Final = frozenset({"booked", "confirmed"})
"""An appointment that is still to come."""

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2200, 12, 31)
"""Outside of these nothing is scheduled: systems of record write such dates for what nobody knows."""

RECALL: Final = "T-30"
STATUS_CHANGE: Final = "T-20/status"
"""What follows a change of a record, not a date of it."""

_NOTHING: Final = Duration()
_MINUTE: Final = 60
_LONGEST_MONTH: Final = 31


@dataclass(frozen=True, slots=True)
class Series:
    """One series of dates of a rule. `name` is what its rows in `timer_due` are called: the rule, and which part of it.

    `field` is where its dates begin; `warning`: the dates of the warning before it.
    """

    name: str
    rule: Rule
    field: str
    warning: bool = False

    @property
    def record(self) -> str:
        """The kind of record."""
        assert self.rule.trigger is not None
        return self.rule.trigger.record

    @property
    def before(self) -> bool:
        """Whether its dates come before what the record says."""
        return self.rule.trigger is not None and self.rule.trigger.shift == "before"

    @property
    def on_its_day(self) -> bool:
        """Whether it is for the date itself, be the dealer open or not."""
        return self.rule.effect == "message" and not self.before

    def step(self, policies: Policies) -> Duration:
        """The rule's duration at the dealer."""
        if self.warning:
            return self.rule.warning or _NOTHING
        found = policies.duration_of(self.rule.rule)
        return found if isinstance(found, Duration) else _NOTHING


@dataclass(frozen=True, slots=True)
class Date:
    """A date of a series. `cycle` names it for ever; `at`: the instant where the rule counts hours, UTC; `until`: when
    it is of no use any more."""

    cycle: int
    day: date
    at: datetime | None = None
    until: datetime | None = None


@cache
def all_series() -> Mapping[str, Series]:
    """Every series there is, by name."""
    return {one.name: one for rule in load_rules().values() for one in _series_of(rule)}


@cache
def series_of(record: str) -> tuple[Series, ...]:
    """The series of a kind of record."""
    return tuple(one for one in all_series().values() if one.record == record)


def dates(series: Series, record: Mapping[str, Any], policies: Policies, since: date = FIRST_DAY) -> Iterator[Date]:
    """The dates of the series for a record, in order; none before FIRST_DAY or after LAST_DAY.

    A vehicle that is nobody's has none. `since`: the first date wanted, of a series that begins with a date.
    """
    trigger = series.rule.trigger
    assert trigger is not None
    if trigger.kinds and record.get("kind") not in trigger.kinds:
        return
    if series.record == "appointment":
        yield from _of_appointment(series, record, policies)
    elif _still_asks(series, record):
        anchor = _anchor(series, record)
        first = max(since, FIRST_DAY)
        for day in _days(series, anchor, policies, first) if anchor else ():
            if day > LAST_DAY:
                return
            if day >= first and _where(trigger.where, record, day):
                yield Date(cycle_of(day), day)


def asked_from(series: Series, record: Mapping[str, Any], day: date, policies: Policies) -> date:
    """From which day on a contact is one that the date `day` of the series asks for.

    What counts from a visit or another contact is not answered by that itself.
    """
    trigger, anchor = series.rule.trigger, _anchor(series, record)
    if trigger is not None and trigger.shift == "after" and anchor is not None:
        return anchor + timedelta(days=1)
    return series.step(policies).before(day)


def rule_of(name: str) -> str:
    """The rule of a row's name: `T-13` of `T-13/birthday`."""
    return name.partition("/")[0]


def is_awaited(order: Mapping[str, Any]) -> bool:
    """Whether an order is of a vehicle that its customer still waits for."""
    return order.get("kind") == "vehicle" and status_of(order) not in ENDED


def cycle_of(day: date) -> int:
    """The number of a date's trigger: `20260131`."""
    return day.year * 10_000 + day.month * 100 + day.day


def day_of(cycle: int) -> date:
    """The date of a trigger."""
    return date(cycle // 10_000, cycle // 100 % 100, cycle % 100)


def _series_of(rule: Rule) -> Iterator[Series]:
    trigger = rule.trigger
    if rule.effect in ("clock", "checklist") or trigger is None or trigger.field is None or trigger.record == "dealer":
        return
    if trigger.field == "dates":
        for field in DAYS_OF_CUSTOMER:
            yield Series(f"{rule.rule}/{field}", rule, field)
        return
    yield Series(rule.rule, rule, trigger.field)
    if rule.warning:
        yield Series(f"{rule.rule}/warning", rule, trigger.field, warning=True)


def _still_asks(series: Series, record: Mapping[str, Any]) -> bool:
    if series.record == "vehicle":
        return bool(record.get("customer_id"))
    return series.record != "order" or is_awaited(record)


def _anchor(series: Series, record: Mapping[str, Any]) -> date | None:
    held = (record.get("dates") or {}) if series.field in DAYS_OF_CUSTOMER else record
    text = held.get(series.field)
    return date.fromisoformat(text) if text else None


def _of_appointment(series: Series, record: Mapping[str, Any], policies: Policies) -> Iterator[Date]:
    if record.get("status", "booked") not in UPCOMING:
        return
    written = datetime.fromisoformat(record["starts_at"])
    if not FIRST_DAY <= written.date() <= LAST_DAY:
        return
    starts_at = written.astimezone(UTC)
    cycle, step = int(starts_at.timestamp()) // _MINUTE, series.step(policies)
    day = step.before(starts_at.astimezone(policies.zone).date())
    if not step.time:
        yield Date(cycle, day, until=starts_at)
        return
    at = starts_at - step.time if step.is_time else shift_local(policies.always, starts_at, step, back=True)
    yield Date(cycle, at.astimezone(policies.zone).date(), at, until=starts_at)


def _days(series: Series, anchor: date, policies: Policies, since: date) -> Iterator[date]:
    """Its days, of a series that goes on again and again from shortly before `since` on."""
    trigger, step = series.rule.trigger, series.step(policies)
    assert trigger is not None
    try:
        if trigger.every is None:
            day = step.before(anchor) if series.before else step.after(anchor)
            if not series.warning or day < Series(series.rule.rule, series.rule, series.field).step(policies).after(
                anchor
            ):
                yield day
            return
        pace = step if trigger.every == "duration" else trigger.every
        last = series.rule.window.after(anchor) if series.rule.window else None
        if pace.is_time:
            return
        longest = pace.months * _LONGEST_MONTH + pace.days
        number = max(1, (since - anchor).days // longest)
        while True:
            day = Duration(months=pace.months * number, days=pace.days * number).after(anchor)
            if last is not None and day > last:
                return
            yield step.before(day) if series.before else day
            number += 1
    except (OverflowError, ValueError):
        return


def _where(condition: str | None, record: Mapping[str, Any], day: date) -> bool:
    """What must hold at the date; a warranty of which nothing is known has neither ended nor not."""
    if condition is None:
        return True
    ends = record.get("warranty_until")
    if not ends:
        return False
    return (date.fromisoformat(ends) < day) is (condition == "warranty_ended")
