"""A dealer's own durations and calendars of time rules (`sla` of its record): read, and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from shared.calendar.durations import Duration, DurationError, Target, parse_target
from shared.faults import Fault, Wrong, unknown_fields, unknown_id
from shared.sla.policy.rules import Rule, load_rules
from shared.sla.types import ON_CHANGE, OnChange

NO_CALENDAR: Final = "none"
_FIELDS: Final = ("duration", "calendar", "on_change")


@dataclass(frozen=True, slots=True)
class Override:
    """A dealer's own value for a rule; None: the default. `calendar`: a name of its calendars, or `none`.

    `on_change`: of a case's clock, when another role answers for it.
    """

    duration: Target | None = None
    calendar: str | None = None
    on_change: OnChange = "keep"


def validate_sla(document: object, calendars: frozenset[str] | None = None) -> list[Fault]:
    """Every fault of a dealer's `sla`, pointers relative to it. `calendars`: the names that exist, None: not known."""
    if document is None:
        return []
    if not isinstance(document, Mapping):
        return [Fault("", "malformed", "must be an object of rule and values")]
    faults: list[Fault] = []
    for name, value in document.items():
        rule = load_rules().get(name)
        unknown = [unknown_id("", "unknown rule", name, load_rules())]
        found = unknown if rule is None else _check_override(rule, value, calendars)
        faults += [fault.below(name) for fault in found]
    return faults


def read_overrides(document: object) -> Mapping[str, Override]:
    """The dealer's own values by rule. Raises ValueError where `validate_sla` finds fault.

    A duration that cannot be used, as an earlier version may have stored it, leaves the rule its default.
    """
    faults = [fault for fault in validate_sla(document) if fault.pointer.split("/")[2:3] != ["duration"]]
    if faults:
        raise ValueError(f"{faults[0].detail} (at {faults[0].pointer})")
    given = cast(Mapping[str, Mapping[str, Any]], document or {})
    return {
        name: Override(
            _read_duration(load_rules()[name], value), value.get("calendar"), value.get("on_change") or "keep"
        )
        for name, value in given.items()
    }


def _read_duration(rule: Rule, value: Mapping[str, Any]) -> Target | None:
    given = value.get("duration")
    return None if given is None or _check_duration(rule, given) else parse_target(given)


def _check_override(rule: Rule, value: object, calendars: frozenset[str] | None) -> list[Fault]:
    if not isinstance(value, Mapping):
        return [Fault("", "malformed", "must be an object with duration, calendar, on_change or several of them")]
    faults = unknown_fields(value, _FIELDS)
    faults += _check_on_change(rule, value.get("on_change"))
    if value.get("duration") is not None:
        faults += _check_duration(rule, value["duration"])
    calendar = value.get("calendar")
    if calendar is None or calendar == NO_CALENDAR:
        return faults
    if not isinstance(calendar, str) or (calendars is not None and calendar not in calendars):
        words = f"{calendar!r} is not a name of calendars, nor none"
        faults.append(unknown_id("/calendar", words, calendar, (*sorted(calendars or ()), NO_CALENDAR)))
    return faults


def is_handed_on(rule: Rule) -> bool:
    """Whether a dealer may say what becomes of the rule's clock when another role answers for it: it is a case's."""
    return rule.effect == "clock" and rule.subject == "case"


def _check_on_change(rule: Rule, value: object) -> list[Fault]:
    if value is None:
        return []
    if not is_handed_on(rule):
        return [Fault("/on_change", "not_handed_on", "only a clock of cases is handed from role to role")]
    if value not in ON_CHANGE:
        return [unknown_id("/on_change", f"one of {', '.join(ON_CHANGE)}", value, ON_CHANGE)]
    return []


def _check_duration(rule: Rule, value: object) -> list[Fault]:
    if not rule.may_be_timed:
        return [Fault("/duration", "rule_without_duration", "the rule has no duration")]
    try:
        target = parse_target(value)
    except DurationError as error:
        return [error.wrong.at("/duration" + (f"/{error.field}" if error.field else ""))]
    if target == Duration():
        return [Fault("/duration", "zero_duration", "must be longer than nothing")]
    counts = isinstance(rule.duration, Duration) and not rule.duration.is_time
    if rule.effect == "clock" and not counts and isinstance(target, Duration) and not target.is_time:
        return [
            Fault("/duration", "not_open_time", "a clock counts hours and minutes of open time; days are {days, by}")
        ]
    wrong = _check_kind(rule, target)
    return [wrong.at("/duration")] if wrong else []


def _check_kind(rule: Rule, target: Target) -> Wrong | None:
    """What is wrong with a kind of duration that what the rule counts from cannot be moved by (timers 5.7)."""
    if rule.effect == "measure" and not (isinstance(target, Duration) and target.is_time):
        return Wrong("counts_seconds", "the rule measures seconds: hours, minutes and seconds, such as PT20S")
    if rule.counts_dates and not (isinstance(target, Duration) and not target.time):
        return Wrong(
            "counts_from_date", "the rule counts from a date: whole days, weeks, months or years, such as P14D"
        )
    if rule.trigger is not None and rule.effect != "clock" and not isinstance(target, Duration):
        return Wrong(
            "counts_from_instant", "the rule counts from an instant: an ISO 8601 duration, such as PT4H or P1D"
        )
    if rule.trigger is None and isinstance(target, Duration) and target.time and not target.is_time:
        return Wrong("mixed_duration", "either hours and minutes of open time or calendar days, not both")
    return None
