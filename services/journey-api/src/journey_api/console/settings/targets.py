"""The dealer's own durations of time rules, and the calendars they count in."""

from collections.abc import Mapping
from typing import Any

from journey_api.console.settings.fields import Field, Section, Typed, member, text_at, with_member
from journey_api.console.settings.hours import calendar_name
from journey_api.console.settings.written import read_target, target_text
from journey_api.console.visit import Visit
from journey_api.reference.dealer_times import CALENDAR_NAMES
from shared.calendar.durations import format_target
from shared.sla.policy.overrides import NO_CALENDAR
from shared.sla.policy.rules import Rule, load_rules


def show(visit: Visit, document: Mapping[str, Any], _typed: Typed) -> list[Section]:
    """Two fields for each rule that has a duration: clocks first, then the others."""
    rules = [rule for rule in load_rules().values() if rule.duration is not None]
    t = visit.texts.text
    groups = (
        (t("settings.targets.clocks"), [rule for rule in rules if rule.effect == "clock"]),
        (t("settings.targets.others"), [rule for rule in rules if rule.effect != "clock"]),
    )
    return [
        Section(title, tuple(field for rule in some for field in _fields(visit, document, rule)), hint, columns=4)
        for (title, some), hint in zip(groups, (t("settings.targets.hint"), ""), strict=True)
    ]


def _fields(visit: Visit, document: Mapping[str, Any], rule: Rule) -> tuple[Field, Field]:
    t, given = visit.texts.text, member(document, ("sla", rule.rule)) or {}
    assert rule.duration is not None
    name = visit.stack.playbook.texts.text("time_rules", rule.rule, visit.viewer.language)
    default = target_text(format_target(rule.duration))
    options = (
        ("", t("settings.targets.own")),
        (NO_CALENDAR, t("settings.targets.none")),
        *((one, calendar_name(visit, one)) for one in CALENDAR_NAMES),
    )
    label = f"{rule.rule} {name}"
    return (
        Field(
            f"sla[{rule.rule}]",
            label,
            values=(target_text(given.get("duration")),),
            hint=t("settings.default", value=default),
        ),
        Field(
            f"sla[{rule.rule}][calendar]",
            t("settings.targets.calendar", rule=rule.rule),
            "select",
            (given.get("calendar") or "",),
            options,
        ),
    )


def read(_visit: Visit, document: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    """The document with the durations and calendars that were typed; an empty field is the default."""
    changed = dict(document)
    for rule in load_rules().values():
        if rule.duration is not None:
            given = read_target(text_at(typed, f"sla[{rule.rule}]"))
            changed = with_member(changed, ("sla", rule.rule, "duration"), given)
            calendar = text_at(typed, f"sla[{rule.rule}][calendar]") or None
            changed = with_member(changed, ("sla", rule.rule, "calendar"), calendar)
    return changed
