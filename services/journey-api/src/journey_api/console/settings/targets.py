"""The dealer's own durations and limits of time rules, their calendars, what another role makes of a clock."""

from collections.abc import Mapping
from typing import Any

from journey_api.console.settings.form_fields import Field, Section, Typed, member, text_at, with_member
from journey_api.console.settings.hours import calendar_name
from journey_api.console.settings.written import read_target, target_text
from journey_api.console.visit import Visit
from journey_api.reference.dealer_times import CALENDAR_NAMES
from shared.calendar.durations import format_target
from shared.sla.policy.overrides import NO_CALENDAR, is_handed_on
from shared.sla.policy.rules import Rule, load_rules
from shared.sla.types import ON_CHANGE


async def show(visit: Visit, document: Mapping[str, Any], _typed: Typed) -> list[Section]:
    """A duration and a calendar for each rule that may be timed; for clocks of cases also what a new role makes."""
    rules = [rule for rule in load_rules().values() if rule.may_be_timed]
    t = visit.texts.text
    groups = (
        ("cases", 3, [rule for rule in rules if is_handed_on(rule)]),
        ("clocks", 4, [rule for rule in rules if rule.effect == "clock" and not is_handed_on(rule)]),
        ("others", 4, [rule for rule in rules if rule.effect != "clock"]),
    )
    return [
        Section(
            t(f"settings.targets.{group}"),
            tuple(field for rule in some for field in _fields(visit, document, rule)),
            t("settings.targets.hint") if group == "cases" else "",
            columns=columns,
        )
        for group, columns, some in groups
    ]


def _fields(visit: Visit, document: Mapping[str, Any], rule: Rule) -> tuple[Field, ...]:
    t, given = visit.texts.text, member(document, ("sla", rule.rule)) or {}
    name = visit.stack.playbook.texts.text("time_rules", rule.rule, visit.viewer.language)
    default = target_text(format_target(rule.duration)) if rule.duration else t("settings.targets.same_day")
    options = (
        ("", t("settings.targets.own")),
        (NO_CALENDAR, t("settings.targets.none")),
        *((one, calendar_name(visit, one)) for one in CALENDAR_NAMES),
    )
    label = f"{rule.rule} {name}"
    change = (_on_change(visit, rule, given),) if is_handed_on(rule) else ()
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
        *change,
    )


def _on_change(visit: Visit, rule: Rule, given: Mapping[str, Any]) -> Field:
    """What becomes of the clock when another role answers for its case."""
    t = visit.texts.text
    options = (
        ("", t("settings.targets.on_changes.usual")),
        *((one, t(f"settings.targets.on_changes.{one}")) for one in ON_CHANGE),
    )
    label = t("settings.targets.on_change", rule=rule.rule)
    return Field(f"sla[{rule.rule}][on_change]", label, "select", (given.get("on_change") or "",), options)


def read(_visit: Visit, document: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    """The document with the durations and calendars that were typed; an empty field is the default."""
    changed = dict(document)
    for rule in load_rules().values():
        if rule.may_be_timed:
            given = read_target(text_at(typed, f"sla[{rule.rule}]"))
            changed = with_member(changed, ("sla", rule.rule, "duration"), given)
            calendar = text_at(typed, f"sla[{rule.rule}][calendar]") or None
            changed = with_member(changed, ("sla", rule.rule, "calendar"), calendar)
        if is_handed_on(rule):
            change = text_at(typed, f"sla[{rule.rule}][on_change]") or None
            changed = with_member(changed, ("sla", rule.rule, "on_change"), change)
    return changed
