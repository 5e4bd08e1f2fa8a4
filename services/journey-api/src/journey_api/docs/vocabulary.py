"""The words of the wire contract with their names in a language: `GET /v1/vocabulary` and the page made from it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel

from journey_api.docs.rule_words import show_rules
from journey_api.intake.event_facts import Facts
from shared.lifecycle import DECLINE_REASONS, WAIT_REASONS
from shared.lifecycle.commands import SEND_OUTCOMES, TASK_OUTCOMES
from shared.playbook.fact_types import FACT_KINDS
from shared.playbook.routing.dead_ends import has_no_arrow
from shared.playbook.ruleset.dealer_settings import Tables
from shared.playbook.ruleset.entries import Playbook
from shared.sla.policy.escalation_steps import METRICS, default_chain
from shared.sla.policy.rules import running_rules
from shared.vocabulary import (
    CASE_OUTCOMES,
    CONTACT_OUTCOMES,
    EVENT_CHANNELS,
    OCCURRENCES,
    ROLES,
    SIGNALS,
    STEP_PHASE,
    STEPS,
    TOPICS,
)

_AT_ONCE: Final = "PT0S"
Name = Callable[[str, str], str]


def vocabulary(playbook: Playbook, language: str) -> dict[str, Any]:
    """Every word of the contract; ids are the contract's, names are in the language."""

    def name(section: str, word: str) -> str:
        return playbook.texts.text(section, word, language)

    return {
        "language": language,
        "phases": _named("phase", "phases", playbook.journey.phases, name),
        "delivery_phases": _named("phase", "delivery_phases", _delivery_phases(playbook), name),
        "steps": _steps(name),
        "roles": _named("role", "roles", ROLES, name),
        "occurrences": [_occurrence(playbook, word, name) for word in OCCURRENCES],
        "topics": _named("topic", "topics", TOPICS, name),
        "signals": _named("signal", "signals", SIGNALS, name),
        "channels": _named("channel", "channels", EVENT_CHANNELS, name),
        "facts": [_fact(playbook, path, name) for path in FACT_KINDS],
        "time_rules": show_rules(name),
        "decline_reasons": _named("id", "decline_names", DECLINE_REASONS, name),
        "wait_reasons": _named("id", "wait_reasons", WAIT_REASONS, name),
        "outcomes": {
            "task": _named("id", "task_outcomes", (*TASK_OUTCOMES, *SEND_OUTCOMES), name),
            "contact": _named("id", "contact_outcomes", CONTACT_OUTCOMES, name),
            "case": _named("id", "case_outcomes", CASE_OUTCOMES, name),
        },
        "tables": _tables(playbook.rulings.tables),
        "chains": {metric: _chain(metric) for metric in METRICS},
    }


def observers_of(playbook: Playbook, occurrence: str) -> list[str]:
    """The roles whose page prints the occurrence, or that a row of implied handoffs names for it."""
    printed = {role for role, name in playbook.index if name == occurrence}
    implied = {role for role, name in playbook.implied_index if name == occurrence}
    return [role for role in ROLES if role in printed | implied]


def _named(key: str, section: str, words: Iterable[str], name: Name) -> list[dict[str, Any]]:
    return [{key: word, "name": name(section, word)} for word in words]


def _steps(name: Name) -> list[dict[str, Any]]:
    return [
        {"step": word, "number": number, "phase": STEP_PHASE[number], "name": name("steps", word)}
        for number, word in STEPS.items()
    ]


def _delivery_phases(playbook: Playbook) -> list[str]:
    return sorted({activity.phase for activity in playbook.activities})


def _occurrence(playbook: Playbook, occurrence: str, name: Name) -> dict[str, Any]:
    return {
        "occurrence": occurrence,
        "name": name("occurrences", occurrence),
        "observers": observers_of(playbook, occurrence),
        "entries": [entry.entry_id for entry in playbook.entries.values() if entry.occurrence == occurrence],
        "leads_to_nothing": has_no_arrow(playbook, occurrence),
    }


def _fact(playbook: Playbook, path: str, name: Name) -> dict[str, Any]:
    return {
        "path": path,
        "type": FACT_KINDS[path],
        "values": _values_of(path) or None,
        "meaning": name("facts", path),
        "lifetime": "case" if playbook.rulings.lifetime.kept(path) else "event",
    }


def _values_of(path: str) -> list[str]:
    """The values a fact may have, where they are words of a list."""
    group, _, leaf = path.partition(".")
    annotation = Facts.model_fields[group].annotation
    if leaf:
        (model,) = [part for part in get_args(annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
        annotation = model.model_fields[leaf].annotation
    return _words_in(annotation)


def _words_in(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return [str(word) for word in get_args(annotation)]
    return [word for part in get_args(annotation) for word in _words_in(part)]


def _tables(tables: Tables) -> dict[str, Any]:
    return {
        "feedback": {subject: list(roles) for subject, roles in tables.feedback.items()},
        "inspection": [
            {"topics": sorted(row.topics), "severity": row.severity, "to_role": row.to_role}
            for row in tables.inspection
        ],
        "first_months_days": tables.first_months_days,
        "case_idle_days": tables.case_idle_days,
    }


def _chain(metric: str) -> list[dict[str, Any]]:
    """The steps after a breach where a dealer sets none; the first is the breach itself."""
    rule = next((rule for rule in running_rules() if rule.target == metric), None)
    chain = default_chain(rule)
    steps: Sequence[Mapping[str, Any]] = [{"after": _AT_ONCE, "to": list(chain.notice)}]
    hours = (int(step.after.total_seconds() // 3600) for step in chain.steps)
    rest = [{"after": f"PT{hour}H", "to": list(step.to)} for hour, step in zip(hours, chain.steps, strict=True)]
    return [dict(step) for step in (*steps, *rest)]
