"""Escalation chains: the default one, a dealer's own, and the instants of their steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from shared.calendar.business_time import add
from shared.calendar.durations import DurationError, parse_duration
from shared.calendar.opening_hours import Calendar
from shared.faults import Fault, Unknown, Wrong, unknown_fields, unknown_id
from shared.json_pointer import json_pointer
from shared.sla.deadlines import escalation_steps
from shared.sla.policy.rules import Rule
from shared.sla.types import Chain, Metric, Step
from shared.vocabulary import ROLES

METRICS: tuple[str, ...] = get_args(Metric)
TARGETS = ("owner", "manager", "manager_of_manager", "group_mailbox")
CHANNEL_CLASSES = ("any", "urgent")
HOUR = timedelta(hours=1)
DEFAULT_STEPS = (Step(HOUR, ("manager_of_manager",)), Step(HOUR, ("group_mailbox",)))


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """One notice of a chain: of which step, for the how-manieth time, and when."""

    step: int
    at: datetime
    to: tuple[str, ...]
    channel_class: Literal["any", "urgent"]


def default_chain(rule: Rule | None) -> Chain:
    """Breach: owner and manager in one step; an hour later the manager's manager; an hour later the mailbox.

    T-02 tells the owner only; an acceptance has no step after its expiry.
    """
    if rule is None:
        return Chain(("owner", "manager"), DEFAULT_STEPS)
    return Chain(rule.notice, DEFAULT_STEPS if rule.escalates else ())


def chain_for(rule: Rule | None, metric: Metric, given: Mapping[str, tuple[Step, ...]]) -> Chain:
    """The chain a timer starts with: the dealer's steps for the target, else the default."""
    chain = default_chain(rule)
    if metric not in given or metric == "acceptance":
        return chain
    return Chain(chain.notice, given[metric], given=True)


def steps(
    chain: Chain, calendar: Calendar | None, due_at: datetime, attached_at: datetime | None = None
) -> tuple[EscalationStep, ...]:
    """Every notice after the breach, by instant: each step so much business time after the one before it.

    The first counts from the breach. Attached when overdue: a dealer's chain begins with its first step at that
    instant; in the default chain the breach itself is the first step.
    """
    origin, begun = due_at if attached_at is None else attached_at, timedelta(0)
    if attached_at is not None and chain.given and chain.steps:
        begun = chain.steps[0].after
    found = []
    for index, passed in escalation_steps(chain):
        step = chain.steps[index]
        found.append(EscalationStep(index, add(calendar, origin, passed - begun), step.to, step.channel_class))
    return tuple(found)


def parse_chains(document: object) -> Mapping[str, tuple[Step, ...]]:
    """A dealer's `chains`. Raises ValueError with the first fault."""
    faults = check_chains(document)
    if faults:
        raise ValueError(f"{faults[0].detail} (at {faults[0].pointer})")
    given: Mapping[str, list[Mapping[str, Any]]] = document or {}  # type: ignore[assignment]
    return {target: tuple(_read_step(step) for step in chain) for target, chain in given.items()}


def check_chains(document: object) -> list[Fault]:
    """Every fault of a dealer's `chains`, pointers relative to it."""
    if document is None:
        return []
    if not isinstance(document, Mapping):
        return [Fault("", "malformed", "must be an object of target and steps")]
    faults: list[Fault] = []
    for target, chain in document.items():
        if target not in METRICS:
            words = f"unknown target; one of {', '.join(METRICS)}"
            faults.append(unknown_id(json_pointer([target]), words, target, METRICS))
        elif not isinstance(chain, list) or not chain:
            faults.append(Wrong("too_few", "must be a list of at least one step", (("least", 1),)).at(f"/{target}"))
        else:
            faults += [fault.below(target, n) for n, step in enumerate(chain) for fault in _check_step(step)]
    return faults


def _read_step(step: Mapping[str, Any]) -> Step:
    return Step(
        parse_duration(step["after"]).time, (step["to"],), step.get("channel_class", "any"), step.get("repeat", 0)
    )


def _check_step(step: object) -> list[Fault]:
    if not isinstance(step, Mapping):
        return [Fault("", "malformed", "must be an object")]
    faults = unknown_fields(step, ("after", "to", "channel_class", "repeat"))
    faults += _check_after(step)
    if not _is_target(step.get("to")):
        words, given = f"one of {', '.join(TARGETS)}, role:ID, staff:ID", step.get("to")
        roles = tuple(f"role:{role}" for role in ROLES)
        faults.append(Fault("/to", "unknown_recipient", words, unknown=Unknown.of(given, (*TARGETS, *roles))))
    if step.get("channel_class", "any") not in CHANNEL_CLASSES:
        faults.append(unknown_id("/channel_class", "any or urgent", step["channel_class"], CHANNEL_CLASSES))
    return faults


def _check_after(step: Mapping[str, Any]) -> list[Fault]:
    faults: list[Fault] = []
    repeat = step.get("repeat", 0)
    if not isinstance(repeat, int) or isinstance(repeat, bool) or not 0 <= repeat <= 100:
        faults.append(Fault("/repeat", "repeat_out_of_range", "a whole number, 0 to 100"))
    try:
        after = parse_duration(step.get("after"))
    except DurationError as error:
        return [*faults, error.wrong.at("/after")]
    if not after.is_time:
        faults.append(Fault("/after", "step_in_days", "hours and minutes of business time; a day is not 24 hours"))
    elif not after.time and repeat:
        faults.append(Fault("/after", "repeat_without_time", "a step that repeats needs a time between"))
    return faults


def _is_target(to: object) -> bool:
    if not isinstance(to, str):
        return False
    kind, _, name = to.partition(":")
    return to in TARGETS or (kind == "role" and name in ROLES) or (kind == "staff" and bool(name))
