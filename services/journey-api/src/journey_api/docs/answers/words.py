"""The vocabulary as it is answered: every word of the contract with its name in a language."""

from typing import Literal

from typing_extensions import TypedDict

from journey_api.http.field_types import Occurrence, Role
from journey_api.reference.dealer_documents import DealerTables


class PhaseNamed(TypedDict):
    """A phase of the customer's journey, or of the roles' pages."""

    phase: str
    name: str


class StepNamed(TypedDict):
    """A step of the customer's journey: its id, its number from 1, its phase."""

    step: str
    number: int
    phase: str
    name: str


class RoleNamed(TypedDict):
    """A role."""

    role: Role
    name: str


class OccurrenceNamed(TypedDict):
    """An occurrence: who may observe it, which entries it leads to, and whether it leads to nothing by itself."""

    occurrence: Occurrence
    name: str
    observers: list[Role]
    entries: list[str]
    leads_to_nothing: bool


class TopicNamed(TypedDict):
    """A topic."""

    topic: str
    name: str


class SignalNamed(TypedDict):
    """A signal that time rules read."""

    signal: str
    name: str


class ChannelNamed(TypedDict):
    """Where an event or a contact takes place."""

    channel: str
    name: str


class FactNamed(TypedDict):
    """A fact an event may give: its place in `facts`, its type, and its words where they are of a list.

    `lifetime`: whether it holds for the event alone or is kept with the case.
    """

    path: str
    type: str
    values: list[str] | None
    meaning: str
    lifetime: Literal["event", "case"]


class DaysBy(TypedDict):
    """A number of business days; `by` is a local time or `closing`."""

    days: int
    by: str


class TimeRuleNamed(TypedDict):
    """A time rule: its target, its usual duration, and what starts and stops it.

    `parameter`: the documents state no duration, the usual one is ours.
    """

    rule: str
    name: str
    target: str | None
    default: str | DaysBy | None
    start: str | None
    stop: str | None
    parameter: bool


class WordNamed(TypedDict):
    """A reason or an outcome."""

    id: str
    name: str


class Outcomes(TypedDict):
    """How things end, by what ends."""

    task: list[WordNamed]
    contact: list[WordNamed]
    case: list[WordNamed]


class UsualStep(TypedDict):
    """A step of the chain that a target has where a dealer sets none; the first is the breach itself."""

    after: str
    to: list[str]


class Vocabulary(TypedDict):
    """Every word of the contract, with names in a language; `tables` and `chains` are what a dealer may set."""

    language: str
    phases: list[PhaseNamed]
    delivery_phases: list[PhaseNamed]
    steps: list[StepNamed]
    roles: list[RoleNamed]
    occurrences: list[OccurrenceNamed]
    topics: list[TopicNamed]
    signals: list[SignalNamed]
    channels: list[ChannelNamed]
    facts: list[FactNamed]
    time_rules: list[TimeRuleNamed]
    decline_reasons: list[WordNamed]
    wait_reasons: list[WordNamed]
    outcomes: Outcomes
    tables: DealerTables
    chains: dict[str, list[UsualStep]]
