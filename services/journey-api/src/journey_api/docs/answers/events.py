"""Events, decisions and suggestions as they are answered, and the words they are made of."""

from datetime import datetime
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from journey_api.docs.answers.work import ConditionShown


class TaskOfEvent(TypedDict):
    """A task that an event created or joined."""

    task_id: str
    entry: str
    mirrors: list[str]
    kind: str
    to_role: str
    status: str


class SuggestionOfEvent(TypedDict):
    """What an event suggests to people."""

    entry: str
    to_role: str
    because: str


class ObservedBy(TypedDict):
    """Who saw it."""

    role: str
    staff_id: str | None


class EventListed(TypedDict):
    """An event as it was posted and what came of it; `reason` of a dead one."""

    event_id: str
    dealer_id: str
    customer_id: str | None
    case_id: str | None
    source: str
    id: str
    time: datetime
    received_at: datetime
    state: Literal["accepted", "routed", "dead"]
    intent: Literal["live", "history"]
    step: int | None
    observed_by: ObservedBy | None
    channel: str | None
    topics: list[str]
    signals: list[str]
    occurrences: list[str]
    inferred: list[str]
    tasks: list[TaskOfEvent]
    suggestions: list[SuggestionOfEvent]
    reason: NotRequired[str | None]


class DecisionShown(TypedDict):
    """What the playbook made of one arrow, with every condition it looked at."""

    occurrence: str | None
    entry: str | None
    outcome: str
    activity: str | None
    conditions: list[ConditionShown]
    because: str
    source: str | None
    playbook_version: str
    task_id: NotRequired[str | None]


class EventShown(EventListed):
    """An event with its decisions."""

    decisions: list[DecisionShown]


class Explained(TypedDict):
    """What an event would come to; nothing is stored."""

    occurrences: list[str]
    inferred: list[str]
    case_id: str | None
    decisions: list[DecisionShown]
    suggestions: list[SuggestionOfEvent]


class SuggestionShown(TypedDict):
    """What people may start because of an event; `from_role` may take it."""

    suggestion_id: str
    dealer_id: str
    customer_id: str | None
    case_id: str | None
    event_id: str
    entry: str
    from_role: str | None
    to_role: str
    because: str
    missing: list[str]
    made_at: datetime
    taken_by_task: str | None


class ConditionNamed(TypedDict):
    """A condition in words."""

    id: str
    text: str


class EntryShown(TypedDict):
    """An entry of the playbook."""

    entry: str
    family: str
    title: str
    kind: str | None
    mode: str | None
    from_roles: list[str]
    to_roles: list[str]
    activation: str | None
    multiplicity: str | None
    conditions: list[ConditionNamed]
    activity: str | None
    activity_text: str | None
    occurrence: str | None
    steps: list[int]
    phase: str | None
    granularity: str | None
    source: str | None
    line: str | None
    restates: list[str]
    gate: str | None
    playbook_version: str


class Coverage(TypedDict):
    """Arrows there are, can run and have fired."""

    arrows: int
    executable: int
    automatic: int
    manual: int
    fired: dict[str, int]
    implied: dict[str, int]
    default_router: int
