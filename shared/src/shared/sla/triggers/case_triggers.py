"""The triggers of time rules that what happens in a case sets off, and whether one still asks for anything. Pure."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache, lru_cache
from typing import Final

from shared.calendar.business_days import due_in_days
from shared.calendar.business_time import CalendarExhausted, add
from shared.calendar.durations import BusinessDays, Duration
from shared.sla.engine.spans import Span, open_span
from shared.sla.fact_view import KEPT, ViewKey, holds, view_key
from shared.sla.facts import EventSeen, Fact
from shared.sla.policy.policy import Policies
from shared.sla.policy.rules import Rule, load_rules
from shared.sla.triggers.openings import opening_from, opening_of

CASE_RULES: Final = ("T-07", "T-16", "T-25", "T-26", "T-32")
"""The rules that remind somebody, or make an event, a while after something happened in a case (timers 5.7)."""


@cache
def case_rules() -> tuple[Rule, ...]:
    """The rules of CASE_RULES."""
    return tuple(load_rules()[name] for name in CASE_RULES)


def rules_begun(fact: EventSeen) -> tuple[Rule, ...]:
    """The rules of which an event may begin a span; whether it did is told by the whole case when the time has come."""
    return _begun(view_key(fact)) if fact.live else ()


@lru_cache(maxsize=KEPT)
def _begun(said: ViewKey) -> tuple[Rule, ...]:
    view = dict(said)
    return tuple(rule for rule in case_rules() if holds(rule.when.start, view) and not holds(rule.when.stop, view))


def rules_ended(fact: EventSeen) -> tuple[str, ...]:
    """The rules of which an event may end a span, for good or to begin the next one."""
    return _ended(view_key(fact)) if fact.live else ()


@lru_cache(maxsize=KEPT)
def _ended(said: ViewKey) -> tuple[str, ...]:
    view = dict(said)
    return tuple(rule.rule for rule in case_rules() if holds(rule.when.stop, view) or holds(rule.when.reset, view))


def trigger_at(rule: str, began_at: datetime, policies: Policies) -> datetime | None:
    """When a rule acts that counts from `began_at`; None: never, as its calendar never opens.

    Hours count as open time, business days as in `{days, by}`; calendar days end at the opening of the dealer's day.
    """
    step = policies.duration_of(rule)
    calendar = policies.hours_on(rule, began_at.astimezone(policies.zone).date())
    try:
        if isinstance(step, BusinessDays):
            return due_in_days(calendar, began_at, step)
        if step is None or step.is_time:
            return add(calendar, began_at, (step or Duration()).time)
    except CalendarExhausted:
        return None
    day = step.after(began_at.astimezone(calendar.zone).date())
    return opening_of(policies.hours_on(rule, day), day)


def trigger_again(rule: str, began_at: datetime, cycle: int, policies: Policies, now: datetime) -> datetime | None:
    """When the trigger `cycle` of a rule that counts from `began_at` acts by the dealer's hours and durations of now.

    What would have been before is acted on at once in opening hours; None: never, as the calendar never opens.
    """
    since = began_at
    for _ in range(cycle):
        later = trigger_at(rule, since, policies)
        if later is None or later > now:
            break
        since = later
    at = trigger_at(rule, since, policies)
    if at is None or at > now:
        return at
    return opening_from(policies.hours_on(rule, now.astimezone(policies.zone).date()), now)


def asks_still(rule: str, event_id: str, facts: Iterable[Fact]) -> Span | None:
    """The span of a rule that this event began, if it goes on: nothing has ended it, and nothing begun it anew."""
    span = open_span(load_rules()[rule].when, facts)
    return span if span is not None and span.began.fact_id == event_id else None
