"""Timelines and journeys as they are answered."""

from datetime import datetime
from typing import NotRequired

from typing_extensions import TypedDict

from journey_api.docs.answers.work import ContactOfCase, SeenBy
from journey_api.quality.documents import MomentDocument
from shared.promises.documents import PromiseDocument
from shared.sla.store.documents import ShortTimer


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


class MessageOfStep(TypedDict):
    """A message to the customer; `GET /v1/notifications` shows it whole."""

    notification_id: str
    task_id: str | None
    message: str
    purpose: str
    channel: str | None
    status: str
    created_at: datetime


class Followed(TypedDict):
    """What belongs to steps of a journey, by kind."""

    timers: list[ShortTimer]
    contacts: list[ContactOfCase]
    promises: list[PromiseDocument]
    messages: list[MessageOfStep]
    moments: list[MomentDocument]


class JourneyStep(Followed):
    """An event of a journey, with what came of it and what followed it."""

    event_id: str
    at: datetime
    step: int | None
    step_id: str | None
    phase: str | None
    intent: str
    state: str
    case_id: str | None
    observed_by: SeenBy | None
    channel: str | None
    topics: list[str]
    occurrences: list[str]
    inferred: bool
    handoffs: list[HandoffOfStep]


class Journey(TypedDict):
    """A customer's journey; `unplaced` holds what followed no step."""

    dealer_id: str
    customer_id: str
    steps: list[JourneyStep]
    unplaced: Followed
