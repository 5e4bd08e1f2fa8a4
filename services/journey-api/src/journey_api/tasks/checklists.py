"""What is to be done about a matter on the day, or in the contact, it came up in: the checklists of time rules."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from typing_extensions import TypedDict

from shared.calendar.business_days import closing_of_day
from shared.calendar.business_time import CalendarExhausted
from shared.calendar.durations import Duration
from shared.lifecycle import Task
from shared.sla.deadlines import due_from
from shared.sla.engine.spans import Span, open_span, spans_of
from shared.sla.facts import Fact
from shared.sla.policy.policy import Policies
from shared.sla.policy.rules import Rule, load_rules
from shared.sla.types import Snapshot

TAKEN_DOWN: Final = "T-44"
"""Vehicle and complaint, which events tell in words that clocks do not read."""

SERVICE_REQUEST: Final = "service_request_received"
APPOINTMENT_REQUEST: Final = "service_appointment_requested"
MOBILITY: Final = "T-42"
OFFER: Final = "T-47"

_TAKEN_DOWN_FIELDS: Final = ("vehicle", "problem", "situation")


class ChecklistItem(TypedDict):
    """Something to do by `due_at`; null: within the contact it came up in."""

    rule: str
    text: str
    done: bool
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Check:
    """An item without words. `due_at` as in its document."""

    rule: str
    done: bool
    due_at: datetime | None = None


def checks_of(
    task: Task,
    occurrences: Collection[str],
    facts: Collection[Fact],
    missing: Collection[str],
    policies: Policies | None,
) -> tuple[Check, ...]:
    """The items of a task, in the order of their rules (timers 5.7).

    `occurrences`: those it comes of; `facts`: of its case, and when its customer's record was stored; `missing`: as in
    its packet. An item belongs to every task of the case that was open while it was; what is taken down (T-44) to the
    tasks of the request.
    """
    found = []
    for rule in load_rules().values():
        if rule.rule == TAKEN_DOWN:
            if SERVICE_REQUEST in occurrences:
                found.append(Check(rule.rule, not any(name in missing for name in _TAKEN_DOWN_FIELDS)))
        elif rule.effect == "checklist" or rule.gates:
            found += [_check(rule, span, policies) for span in _shown(task, spans_of(rule.when, facts))]
    return tuple(found)


def missing_fields(
    occurrences: Collection[str],
    vehicle_known: Mapping[str, Any],
    intake: Mapping[str, Any],
    facts: Mapping[str, Any],
    unknown: Collection[str] = (),
    told: Collection[Fact] = (),
) -> list[str]:
    """What should have been asked in the contact and was not: vehicle and symptoms (T-44), mobility (T-42).

    Also an offer or the reason for none (T-47). `facts` by path; `unknown`: the facts a condition of the handoff needed
    and nobody knew; `told`: what the time rules of its case were told.
    """
    missing = []
    if SERVICE_REQUEST in occurrences:
        if not (vehicle_known.get("vin") or vehicle_known.get("plate")):
            missing.append("vehicle")
        missing += [name for name in ("problem", "situation") if not intake.get(name)]
    settled = "mobility.option" in facts or (told and not is_owed(MOBILITY, told))
    if APPOINTMENT_REQUEST in occurrences and not settled:
        missing.append("mobility")
    if is_owed(OFFER, told):
        missing.append("offer")
    return [*missing, *(path for path in dict.fromkeys(unknown) if path not in facts)]


def is_owed(rule: str, facts: Iterable[Fact]) -> bool:
    """Whether something that a checklist asks for is still to be done."""
    return open_span(load_rules()[rule].when, facts) is not None


def _shown(task: Task, spans: Collection[Span]) -> Iterable[Span]:
    """The newest span, where the task was open in it."""
    *_, last = spans or (None,)
    if last is None or (not task.is_open and last.began.occurred_at > task.updated_at):
        return ()
    return (last,) if last.ended is None or last.ended.occurred_at >= task.created_at else ()


def _check(rule: Rule, span: Span, policies: Policies | None) -> Check:
    return Check(rule.rule, span.ended is not None, _due_at(rule, span.began.occurred_at, policies))


def _due_at(rule: Rule, at: datetime, policies: Policies | None) -> datetime | None:
    if policies is None or rule.same_contact:
        return None
    calendar, own = policies.calendar_for(rule.rule, None), policies.duration_of(rule.rule)
    try:
        if own is None and rule.same_day:
            return closing_of_day(calendar, at)
        return due_from(Snapshot(own or Duration(), calendar), at)
    except CalendarExhausted:
        return None


def show_checks(checks: Iterable[Check], texts: Mapping[str, str]) -> list[ChecklistItem]:
    """The items as documents; `texts`: by rule, in the reader's language."""
    return [{"rule": one.rule, "text": texts[one.rule], "done": one.done, "due_at": one.due_at} for one in checks]
