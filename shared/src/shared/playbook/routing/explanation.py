"""Decisions as documents: stored without a language, shown in the reader's."""

from collections.abc import Mapping
from typing import Any, Final

from shared.languages.registry import DEFAULT_LANGUAGE
from shared.playbook.fact_types import as_json
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.ruleset.texts import REASONS, Texts
from shared.playbook.types import Because, ConditionTrace, Decision, Suggestion

_SECTIONS: Final = {
    "role": "roles",
    "condition": "conditions",
    "conditions": "conditions",
    "facts": "facts",
    "topics": "topics",
    "subjects": "topics",
}
_AVAILABLE: Final = "available("


def decision_document(decision: Decision) -> dict[str, Any]:
    """What is stored of a decision: ids, facts and reason code, no language. The caller adds `task_id`."""
    return {
        "occurrence": decision.occurrence,
        "entry": decision.entry,
        "outcome": decision.outcome,
        "activity": decision.activity,
        "conditions": [condition_document(trace) for trace in decision.conditions],
        "because": because_document(decision.because),
        "source": decision.source,
        "playbook_version": decision.playbook_version,
    }


def suggestion_document(suggestion: Suggestion) -> dict[str, Any]:
    """What is stored of a suggestion."""
    return {
        "entry": suggestion.entry,
        "to_role": suggestion.to_role,
        "because": because_document(suggestion.because),
        "missing": list(suggestion.missing),
    }


def condition_document(trace: ConditionTrace) -> dict[str, Any]:
    """What is stored of one condition and the facts it looked at."""
    facts = [{"path": fact.path, "value": as_json(fact.value), "layer": fact.layer} for fact in trace.facts]
    return {"id": trace.condition_id, "met": trace.met, "facts": facts}


def because_document(because: Because) -> dict[str, Any]:
    """What is stored of a reason."""
    return {"code": because.code, "params": dict(because.params)}


def show_decision(document: Mapping[str, Any], texts: Texts, language: str = DEFAULT_LANGUAGE) -> dict[str, Any]:
    """A stored decision as the contract shows it, worded in a language."""
    return {
        **document,
        "conditions": show_conditions(document["conditions"], texts, language),
        "because": show_because(document["because"], texts, language),
    }


def show_suggestion(document: Mapping[str, Any], texts: Texts, language: str = DEFAULT_LANGUAGE) -> dict[str, Any]:
    """A stored suggestion as the contract shows it: entry, to_role and because."""
    because = show_because(document["because"], texts, language)
    return {"entry": document["entry"], "to_role": document["to_role"], "because": because}


def show_conditions(documents: list[Mapping[str, Any]], texts: Texts, language: str = DEFAULT_LANGUAGE) -> list[Any]:
    """Stored conditions with their text, id first."""
    return [
        {
            "id": document["id"],
            "text": texts.text("conditions", document["id"], language),
            "met": document["met"],
            "facts": document["facts"],
        }
        for document in documents
    ]


def show_because(document: Mapping[str, Any], texts: Texts, language: str = DEFAULT_LANGUAGE) -> str:
    """A stored reason in words."""
    return because_text(Because(document["code"], document["params"]), texts, language)


def because_text(because: Because, texts: Texts, language: str = DEFAULT_LANGUAGE) -> str:
    """A reason in words, its roles, conditions and facts named in the same language."""
    worded = {name: _word(name, value, texts, language) for name, value in because.params.items()}
    sentence = texts.text(REASONS, because.code, language).format(**worded)
    return sentence[:1].upper() + sentence[1:]


def entry_title(playbook: Playbook, entry_id: str, language: str = DEFAULT_LANGUAGE) -> str:
    """What an entry asks its receiver to do; what it restates or the gate's where it has no wording of its own."""
    texts = playbook.texts
    entry = playbook.entries.get(entry_id)
    if entry is None or not (entry.restates or entry.gate):
        section = "arrows" if entry is not None and entry.is_arrow else "entries"
        return texts.text(section, entry_id, language)
    if entry.gate:
        return texts.text("entries", entry.gate, language)
    return texts.text("arrows", entry.restates[0], language)


def _word(name: str, value: str, texts: Texts, language: str) -> str:
    section = _SECTIONS.get(name)
    if section is None:
        return value
    words = [_named(section, item, texts, language) for item in value.split(",") if item]
    joint = texts.text("joints", "conditions" if name == "conditions" else "list", language)
    return joint.join(words)


def _named(section: str, item: str, texts: Texts, language: str) -> str:
    if section == "facts" and item.startswith(_AVAILABLE):
        role = texts.text("roles", item.removeprefix(_AVAILABLE).removesuffix(")"), language)
        return f"{texts.text('facts', 'available', language)} ({role})"
    return texts.text(section, item, language)
