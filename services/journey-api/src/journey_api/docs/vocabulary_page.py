"""`docs/vocabulary.md`, made from the vocabulary."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic_core import to_json

from journey_api.docs.example_events import example_event
from journey_api.docs.rule_words import duration_words
from journey_api.docs.vocabulary import vocabulary
from shared.languages.registry import DEFAULT_LANGUAGE
from shared.playbook.ruleset.entries import Playbook

_HEAD = """# Vocabulary

The words of the wire contract. This page is made by `make docs` from what `GET /v1/vocabulary` answers; the route also
answers in the other languages (`Accept-Language`). Ids are what is sent; names are for people.
"""
_RULE = ("rule", "name", "target", "default", "parameter", "start", "stop")
_OCCURRENCES = """## Occurrences

What can be seen to happen. Any role may observe any of them; *observers* are those that the playbook knows something
to do for. *Entries* are the handoffs an occurrence may lead to. Each example may be posted to `POST /v1/events` as
`application/cloudevents+json`, with a dealer of yours in the place of `lisboa-01`.
"""


def vocabulary_page(playbook: Playbook) -> str:
    """The page, in Markdown."""
    words = vocabulary(playbook, DEFAULT_LANGUAGE)
    parts = [
        _HEAD,
        _section("Phases", ("phase", "name"), words["phases"]),
        _section("Delivery phases", ("phase", "name"), words["delivery_phases"]),
        _section("Steps", ("number", "step", "phase", "name"), words["steps"]),
        _section("Roles", ("role", "name"), words["roles"]),
        _section("Topics", ("topic", "name"), words["topics"]),
        _section("Signals", ("signal", "name"), words["signals"]),
        _section("Channels", ("channel", "name"), words["channels"]),
        _section("Facts", ("path", "type", "values", "meaning", "lifetime"), words["facts"]),
        _section(
            "Time rules", _RULE, [{**row, "default": duration_words(row["default"])} for row in words["time_rules"]]
        ),
        _section("Reasons to decline", ("id", "name"), words["decline_reasons"]),
        _section("Reasons to wait", ("id", "name"), words["wait_reasons"]),
        *(_section(f"Outcomes of a {kind}", ("id", "name"), rows) for kind, rows in words["outcomes"].items()),
        _code("Tables a dealer may set, with their defaults", words["tables"]),
        _code("Chains a dealer may set, with their defaults", words["chains"]),
        _OCCURRENCES,
        *(_occurrence(playbook, row) for row in words["occurrences"]),
    ]
    return "\n".join(parts)


def _section(title: str, columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> str:
    lines = [" | ".join(columns), " | ".join("---" for _ in columns)]
    lines += [" | ".join(_cell(row[column]) for column in columns) for row in rows]
    return f"## {title}\n\n" + "\n".join(f"| {line} |" for line in lines) + "\n"


def _occurrence(playbook: Playbook, row: dict[str, Any]) -> str:
    nothing = "\n\nNo page prints a handoff for it." if row["leads_to_nothing"] else ""
    example = to_json(example_event(playbook, row["occurrence"]), indent=2).decode()
    return (
        f"### {row['occurrence']}\n\n{row['name']}. Observers: {_cell(row['observers'])}."
        f" Entries: {_cell(row['entries']) or 'none'}.{nothing}\n\n```json\n{example}\n```\n"
    )


def _code(title: str, value: Any) -> str:
    return f"## {title}\n\n```json\n{to_json(value, indent=2).decode()}\n```\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text.replace("|", "\\|")
