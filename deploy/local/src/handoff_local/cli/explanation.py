"""An explained routing in words: what would happen, and why, condition by condition."""

from collections.abc import Iterator
from typing import Any, Final

_MARKS: Final = {True: "✓", False: "✗", None: "?"}


def explain(answer: dict[str, Any]) -> Iterator[str]:
    """The lines of an answer of `POST /v1/playbook/explain`."""
    occurrences = ", ".join(answer.get("occurrences") or []) or "none"
    yield f"occurrences  {occurrences}" + ("  (inferred)" if answer.get("inferred") else "")
    yield f"case         {answer.get('case_id') or 'a new one'}"
    for decision in answer.get("decisions") or []:
        yield ""
        yield from _decision(decision)
    suggestions = answer.get("suggestions") or []
    if suggestions:
        yield ""
        yield "suggestions"
    for suggestion in suggestions:
        yield f"  {suggestion['entry']} to {suggestion.get('to_role')}: {suggestion.get('because') or ''}".rstrip(": ")


def _decision(decision: dict[str, Any]) -> Iterator[str]:
    entry, outcome = decision.get("entry") or "-", decision["outcome"]
    source = f"  [{decision['source']}]" if decision.get("source") else ""
    yield f"{outcome:<10} {entry}  ({decision.get('occurrence') or 'no occurrence'}){source}"
    if decision.get("because"):
        yield f"  {decision['because']}"
    for condition in decision.get("conditions") or []:
        yield f"  {_MARKS[condition['met']]} {condition.get('text') or condition['id']}"
        for fact in condition.get("facts") or []:
            layer = f", from the {fact['layer']}" if fact.get("layer") else ""
            yield f"      {fact['path']} = {_value(fact.get('value'))}{layer}"


def _value(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
