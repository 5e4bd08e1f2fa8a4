"""The tables of the rulings that a dealer may override: who hears of negative feedback, who gets a found problem."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from shared.faults import Fault, Unknown, Wrong, unknown_fields, unknown_id
from shared.json_pointer import json_pointer
from shared.vocabulary import FEEDBACK_SUBJECTS, ROLES, TOPICS

INSPECTORS: Final = ("workshop_manager", "product_specialist", "service_manager")
"""The receivers the inspection page prints (001:1970)."""
SEVERITIES: Final = ("ordinary", "serious")
_ROW: Final = ("topics", "severity", "to_role")
_LEAST: Final = {"first_months_days": 0, "case_idle_days": 1}
MOST_DAYS: Final = 36_500
"""A hundred years: no span of a dealer's is longer."""


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """Who gets a problem found at the inspection, when the topics and severity fit; empty and None fit all."""

    to_role: str
    topics: frozenset[str] = frozenset()
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class Tables:
    """`feedback` by subject or topic, `inspection` in order, durations in whole days."""

    feedback: Mapping[str, tuple[str, ...]]
    inspection: tuple[InspectionRow, ...]
    first_months_days: int
    case_idle_days: int


def parse_tables(document: Mapping[str, Any]) -> Tables:
    """Complete tables of a loaded document."""
    return Tables(
        feedback=_feedback(document["feedback"]),
        inspection=_inspection(document["inspection"]),
        first_months_days=document["first_months_days"],
        case_idle_days=document["case_idle_days"],
    )


def override_tables(defaults: Tables, overrides: Mapping[str, Any]) -> Tables:
    """The defaults with a dealer's valid overrides: feedback key by key, every other table whole."""
    given = {name: value for name, value in overrides.items() if value is not None}
    if not given:
        return defaults
    changed: dict[str, Any] = {name: min(value, MOST_DAYS) for name, value in given.items() if name in _LEAST}
    if "feedback" in given:
        changed["feedback"] = {**defaults.feedback, **_feedback(given["feedback"])}
    if "inspection" in given:
        changed["inspection"] = _inspection(given["inspection"])
    return replace(defaults, **changed)


def validate_tables(overrides: Any) -> list[Fault]:
    """What is wrong with a dealer's `tables`, pointers relative to it; empty when valid."""
    if not isinstance(overrides, Mapping):
        return [Fault("", "malformed", "must be an object")]
    checks = {"feedback": _check_feedback, "inspection": _check_inspection}
    problems: list[Fault] = []
    for name, value in overrides.items():
        if name in _LEAST:
            problems += _check_days(name, value)
        elif name in checks:
            problems += checks[name](value)
        else:
            tables = Unknown.of(name, (*_LEAST, *checks))
            problems.append(Fault(json_pointer([name]), "unknown_field", "unknown table", unknown=tables))
    return problems


def _feedback(document: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {subject: tuple(roles) for subject, roles in document.items() if roles is not None}


def _inspection(rows: Sequence[Mapping[str, Any]]) -> tuple[InspectionRow, ...]:
    return tuple(InspectionRow(row["to_role"], frozenset(row.get("topics") or ()), row.get("severity")) for row in rows)


def _check_days(name: str, value: Any) -> list[Fault]:
    if isinstance(value, bool) or not isinstance(value, int) or not _LEAST[name] <= value <= MOST_DAYS:
        values = (("least", _LEAST[name]), ("most", MOST_DAYS))
        detail = f"must be a whole number of days, {_LEAST[name]} to {MOST_DAYS}"
        return [Wrong("not_whole_days", detail, values).at(json_pointer([name]))]
    return []


def _check_feedback(table: Any) -> list[Fault]:
    if not isinstance(table, Mapping):
        return [Fault("/feedback", "malformed", "must be an object")]
    problems: list[Fault] = []
    for subject, roles in table.items():
        pointer = json_pointer(["feedback", subject])
        if subject not in TOPICS and subject not in FEEDBACK_SUBJECTS:
            subjects = (*TOPICS, *FEEDBACK_SUBJECTS)
            problems.append(unknown_id(pointer, "unknown subject of feedback", subject, subjects))
        problems += _check_names(roles, ROLES, pointer, "unknown role")
    return problems


def _check_inspection(rows: Any) -> list[Fault]:
    if not isinstance(rows, list) or not rows:
        return [Wrong("too_few", "must be a list with at least one row", (("least", 1),)).at("/inspection")]
    return [problem for index, row in enumerate(rows) for problem in _check_row(row, f"/inspection/{index}")]


def _check_row(row: Any, pointer: str) -> list[Fault]:
    if not isinstance(row, Mapping):
        return [Fault(pointer, "malformed", "must be an object")]
    problems = [fault._replace(pointer=pointer + fault.pointer) for fault in unknown_fields(row, _ROW)]
    if row.get("to_role") not in INSPECTORS:
        words = f"must be one of {', '.join(INSPECTORS)}"
        problems.append(unknown_id(f"{pointer}/to_role", words, row.get("to_role"), INSPECTORS))
    if row.get("severity") not in (None, *SEVERITIES):
        words = f"must be one of {', '.join(SEVERITIES)}"
        problems.append(unknown_id(f"{pointer}/severity", words, row["severity"], SEVERITIES))
    if row.get("topics") is not None:
        problems += _check_names(row["topics"], TOPICS, f"{pointer}/topics", "unknown topic")
    return problems


def _check_names(names: Any, known: Sequence[str], pointer: str, message: str) -> list[Fault]:
    if not isinstance(names, list):
        return [Fault(pointer, "malformed", "must be a list")]
    ids = tuple(known)
    return [
        unknown_id(f"{pointer}/{index}", message, name, ids) for index, name in enumerate(names) if name not in known
    ]
