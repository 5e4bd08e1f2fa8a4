"""What the documents leave open, as decided in `halo/rulings.yaml`, in typed form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.playbook.fact_types import FactValue, flatten_facts
from shared.playbook.ruleset.dealer_settings import Tables, parse_tables

Span = tuple[int, int]
"""First and last step, both included."""


@dataclass(frozen=True, slots=True)
class FactLifetime:
    """Which groups of facts a case keeps; the others live as long as their event."""

    event_only: frozenset[str]
    kept_on_case: frozenset[str]

    def kept(self, path: str) -> bool:
        """Whether a case keeps the fact at this path."""
        return path.partition(".")[0] in self.kept_on_case


@dataclass(frozen=True, slots=True)
class InferenceRow:
    """The occurrences an event without posted ones stands for; every part that is given must fit."""

    seen_by: frozenset[str]
    gives: tuple[str, ...]
    topics: frozenset[str] = frozenset()
    first_months: bool | None = None
    severity: str | None = None
    first_receiver: str | None = None
    unless_row_above: bool = False
    feedback: Literal["any", "negative"] | None = None
    steps: Span | None = None


@dataclass(frozen=True, slots=True)
class TopicRow:
    """An implied handoff by topic."""

    entry: str
    to_role: str
    topics: frozenset[str]


@dataclass(frozen=True, slots=True)
class PageRow:
    """An implied handoff to the role that prints the occurrence; `steps` decide where several roles print it."""

    entry: str
    to_role: str
    steps: Span | None = None


@dataclass(frozen=True, slots=True)
class ImpliedRulings:
    """Who gets what no page of the observer prints (routing step 6)."""

    by_occurrence: tuple[str, ...]
    stop: frozenset[str]
    first_line: frozenset[str]
    by_topic: tuple[TopicRow, ...]
    by_page: tuple[PageRow, ...]
    otherwise: PageRow


@dataclass(frozen=True, slots=True)
class MatterRow:
    """An exception to "the matter is the activity's occurrence"."""

    matter: str
    entries: frozenset[str]
    by: Literal["topic", "occurrence"] | None = None
    occurrences: frozenset[str] = frozenset()
    to_role: str | None = None
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Family:
    """The matters and topics a role works alone."""

    matters: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FeedbackRuling:
    """Negative feedback always reaches `to_role` (routing step 7)."""

    to_role: str
    early: str
    early_steps: Span
    later: str


@dataclass(frozen=True, slots=True)
class Substitution:
    """An activity that belongs to `default_role` unless its condition holds."""

    entry: str
    activity: str
    default_role: str
    condition: str
    yields_to: str | None = None


@dataclass(frozen=True, slots=True)
class OwnerRulings:
    """Who talks to the customer first, and which entries bring the customer to another department."""

    moving: frozenset[str]
    otherwise: str
    by_first_receiver: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rulings:
    """All rulings; `tables` are the defaults a dealer may override."""

    lifetime: FactLifetime
    topic_facts: Mapping[str, Mapping[str, FactValue]]
    matters: tuple[MatterRow, ...]
    own_family: Mapping[str, Family]
    implied: ImpliedRulings
    feedback: FeedbackRuling
    substitutions: tuple[Substitution, ...]
    owners: OwnerRulings
    tables: Tables
    inference: tuple[InferenceRow, ...]


def parse_rulings(document: Mapping[str, Any]) -> Rulings:
    """The rulings of a loaded document. An unknown or missing name raises KeyError, TypeError or ValueError."""
    return Rulings(
        lifetime=FactLifetime(**_sets(document["fact_lifetime"])),
        topic_facts={topic: flatten_facts(facts) for topic, facts in document["topic_facts"].items()},
        matters=tuple(MatterRow(**_row(row, "entries", "occurrences", "topics")) for row in document["matters"]),
        own_family={role: Family(**_sets(family)) for role, family in document["own_family"].items()},
        implied=_implied(document["implied"]),
        feedback=_feedback(document["negative_feedback"]),
        substitutions=tuple(_substitution(row) for row in document["substitutions"]),
        owners=OwnerRulings(**_row(document["owners"], "moving")),
        tables=parse_tables(document["tables"]),
        inference=tuple(_inference(row) for row in document["inference"]),
    )


def _row(row: Mapping[str, Any], *sets: str) -> dict[str, Any]:
    return {name: frozenset(value) if name in sets else value for name, value in row.items()}


def _sets(row: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    return {name: frozenset(value) for name, value in row.items()}


def _span(row: Mapping[str, Any]) -> Span | None:
    if "steps" not in row:
        return None
    first, last = row["steps"]
    return (first, last)


def _implied(document: Mapping[str, Any]) -> ImpliedRulings:
    return ImpliedRulings(
        by_occurrence=tuple(document["by_occurrence"]),
        stop=frozenset(document["stop"]),
        first_line=frozenset(document["first_line"]),
        by_topic=tuple(TopicRow(**_row(row, "topics")) for row in document["by_topic"]),
        by_page=tuple(PageRow(row["entry"], row["to_role"], _span(row)) for row in document["by_page"]),
        otherwise=PageRow(**document["otherwise"]),
    )


def _feedback(document: Mapping[str, Any]) -> FeedbackRuling:
    first, last = document["early"]["steps"]
    return FeedbackRuling(document["to_role"], document["early"]["entry"], (first, last), document["later"])


def _substitution(row: Mapping[str, Any]) -> Substitution:
    return Substitution(row["entry"], row["activity"], row["default_role"], row["when"], row.get("yields_to"))


def _inference(row: Mapping[str, Any]) -> InferenceRow:
    plain = {name: value for name, value in row.items() if name not in {"steps", "gives"}}
    return InferenceRow(gives=tuple(row["gives"]), steps=_span(row), **_row(plain, "seen_by", "topics"))
