"""Timelines and journeys as they are answered."""

from datetime import datetime
from typing import Any, NotRequired

from typing_extensions import TypedDict

from journey_api.quality.documents import MomentDocument


class Who(TypedDict):
    """Who did or was told something."""

    role: str | None
    staff_id: str | None
    name: str | None


class TimelineLine(TypedDict):
    """A line of a timeline, with the ids of what it is about."""

    at: datetime
    kind: str
    text: str
    who: Who | None
    because: str | None
    case_id: NotRequired[str | None]
    task_id: NotRequired[str | None]
    event_id: NotRequired[str | None]


class HandoffOfStep(TypedDict):
    """A task that came of a step."""

    task_id: str
    entry: str
    mirrors: list[str]
    kind: str
    from_role: str
    to_role: str
    status: str
    offered_to: str | None
    assignee_id: str | None
    created_at: datetime
    title: str


class JourneyStep(TypedDict):
    """An event of a journey, with what came of it and what followed it."""

    event_id: str
    at: datetime
    step: int | None
    step_id: str | None
    phase: str | None
    intent: str
    state: str
    case_id: str | None
    observed_by: dict[str, Any]
    channel: str | None
    topics: list[str]
    occurrences: list[str]
    inferred: bool
    handoffs: list[HandoffOfStep]
    timers: list[dict[str, Any]]
    contacts: list[dict[str, Any]]
    promises: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    moments: list[MomentDocument]


class Journey(TypedDict):
    """A customer's journey; `unplaced` holds what followed no step, by kind."""

    dealer_id: str
    customer_id: str
    steps: list[JourneyStep]
    unplaced: dict[str, list[dict[str, Any]]]
