"""The 48 time rules, read from `rules.yaml`: what starts and stops a clock, and what else the rule asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast

import yaml

from shared.calendar.durations import Duration, Target, parse_duration, parse_target
from shared.conditions import NEVER, AnyOf, Predicate
from shared.sla.fact_view import read_condition
from shared.sla.types import Metric

Effect = Literal["clock", "gate", "emits", "reminder", "checklist", "message", "measure", "feed"]
FIRST_RESPONSE = ("T-03", "T-04", "T-22", "T-35")
"""The rules of which one times the first answer of a case: the first that fits, in this order."""

_PARTS = ("start", "stop", "reset", "cancel", "pause", "resume")
PROMISE = "PROMISE"
"""The rule of the clock of a promise, due when it was promised."""


@dataclass(frozen=True, slots=True)
class Emission:
    """An occurrence a rule posts by itself, as that role would have seen it. `kinds`: of these records only."""

    occurrence: str
    observer: str
    step: int | None = None
    kinds: tuple[str, ...] = ()
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """A date or change of a record that sets a rule off, `shift` its duration before or after it.

    `field`: a date or instant of the record; for customers also of what is known of their contacts. `every`: again and
    again after it, by this or by the rule's own duration. `where`, `until`: what must hold, and not hold, when it
    acts. `on_change`: also, or only, when this field of the record changes.
    """

    record: str
    field: str | None = None
    shift: Literal["before", "after"] | None = None
    kinds: tuple[str, ...] = ()
    every: Duration | Literal["duration"] | None = None
    where: str | None = None
    on_change: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """When a clock starts, stops, begins anew, is withdrawn, pauses, goes on."""

    start: Predicate = NEVER
    stop: Predicate = NEVER
    reset: Predicate = NEVER
    cancel: Predicate = NEVER
    pause: Predicate = NEVER
    resume: Predicate = NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One time rule. `parameter`: the documents state no duration, the default is ours and a dealer's to change.

    `runs`: its clock runs in every dealership without more. `notice`: who is told of the breach; `escalates`: whether
    the breach goes on to the steps of the default chain. `gates`: the entries whose tasks cannot be completed while it
    has started and not stopped. `source` cites file and line.
    """

    rule: str
    what: str
    source: str
    effect: Effect
    subject: str
    runs: bool = False
    target: Metric | None = None
    duration: Target | None = None
    parameter: bool = False
    physical: bool = False
    same_day: bool = False
    same_contact: bool = False
    marketing: bool = False
    repeats: bool = False
    notice: tuple[str, ...] = ("owner", "manager")
    escalates: bool = True
    to: tuple[str, ...] = ()
    message: str | None = None
    window: Duration | None = None
    warning: Duration | None = None
    never_with: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    when: Conditions = Conditions()
    trigger: Trigger | None = None
    emits: tuple[Emission, ...] = ()

    @property
    def counts_dates(self) -> bool:
        """Whether its duration moves a date: of any record but an appointment, which has an instant, or of a dealer."""
        return self.subject == "dealer" if self.trigger is None else self.trigger.record != "appointment"

    @property
    def may_be_timed(self) -> bool:
        """Whether a dealer may set its duration: it has one, or lists what is due on the same day."""
        return self.duration is not None or (self.effect == "checklist" and self.same_day)


@cache
def load_rules() -> Mapping[str, Rule]:
    """All 48 rules by id, in order. Read once."""
    data = _data()
    return {name: _read_rule(name, dict(fields), data["targets"]) for name, fields in data["rules"].items()}


@cache
def conditions_of(target: Metric) -> Conditions:
    """What every clock of a target obeys, whatever its rule; the whole of it for `next_response`."""
    return _read_conditions(_data()["targets"][target])


def running_rules() -> tuple[Rule, ...]:
    """The rules whose clocks run by themselves, in the order they are tried."""
    return tuple(rule for rule in load_rules().values() if rule.runs)


@cache
def marketing_occurrences() -> frozenset[str]:
    """What rules of marketing say is due (T-11, T-12, T-17): what is said to a customer about it is marketing."""
    return frozenset(one.occurrence for rule in load_rules().values() if rule.marketing for one in rule.emits)


def rule_documents() -> Mapping[str, Mapping[str, Any]]:
    """The 48 rules as they are written, by id, each with the conditions of its target under `of_target`."""
    data = _data()
    return {
        name: {**fields, "of_target": data["targets"].get(fields.get("target"), {})}
        for name, fields in data["rules"].items()
    }


@cache
def _data() -> dict[str, Any]:
    text = files("shared.sla.policy").joinpath("rules.yaml").read_text(encoding="utf-8")
    return cast(dict[str, Any], yaml.load(text, Loader=yaml.CSafeLoader))


def _read_rule(name: str, fields: dict[str, Any], targets: Mapping[str, Any]) -> Rule:
    own: dict[str, Any] = {part: fields.pop(part) for part in _PARTS if part in fields}
    when = _read_conditions(own)
    if fields.get("target") in targets:
        when = _joined(when, conditions_of(fields["target"]))
    read: dict[str, Any] = {
        "rule": name,
        "when": when,
        "physical": fields.pop("calendar", "role") == "none",
        "trigger": _read_trigger(fields.pop("trigger", None)),
        "emits": tuple(_read_emission(entry) for entry in fields.pop("emits", ())),
    }
    for part, reader in (("duration", parse_target), ("window", parse_duration), ("warning", parse_duration)):
        if part in fields:
            read[part] = reader(fields.pop(part))
    return Rule(**read, **_tuples(fields))


def _read_trigger(given: Mapping[str, Any] | None) -> Trigger | None:
    if given is None:
        return None
    data = dict(given)
    every = data.pop("every", None)
    return Trigger(every=every if every in (None, "duration") else parse_duration(every), **_tuples(data))


def _read_emission(data: dict[str, Any]) -> Emission:
    return Emission(**_tuples(data))


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}


def _read_conditions(data: Mapping[str, Any]) -> Conditions:
    return Conditions(**{part: read_condition(value) for part, value in data.items()})


def _joined(own: Conditions, shared: Conditions) -> Conditions:
    return Conditions(
        start=_either(own.start, shared.start),
        stop=_either(own.stop, shared.stop),
        reset=_either(own.reset, shared.reset),
        cancel=_either(own.cancel, shared.cancel),
        pause=_either(own.pause, shared.pause),
        resume=_either(own.resume, shared.resume),
    )


def _either(one: Predicate, other: Predicate) -> Predicate:
    if NEVER in (one, other):
        return other if one == NEVER else one
    return AnyOf((one, other))
