"""What is said of a timer: the contract's document, its short form, and the records on the sla topic."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from shared.messaging.bus import Record, new_record
from shared.messaging.field_types import Id, Own, Role, Rule
from shared.sla.types import Action, Metric, State, Subject, Timer, TimerEvent
from shared.vocabulary import SLA_TOPIC

PUBLISHED: Final[frozenset[Action]] = frozenset(
    {"started", "warning", "breached", "met", "escalated", "cancelled", "corrected"}
)
"""The events of a timer that become records."""


class TimerOwner(TypedDict):
    """Who answers for a clock: a role, and the person where there is one."""

    role: Role | None
    staff_id: Id | None


class ShortTimer(TypedDict):
    """A clock as a task shows it. `breached_at` is a flag beside the state, never a state."""

    timer_id: Own
    rule: Rule
    target: Metric
    subject: Subject
    due_at: datetime
    original_due_at: datetime
    state: State
    breached_at: datetime | None
    owner: TimerOwner


class TimerDocument(ShortTimer):
    """A clock whole, as `GET /v1/sla/timers` shows it."""

    dealer_id: Id
    customer_id: Id | None
    case_id: Id | None
    task_id: Own | None
    subject_id: str
    cycle: Annotated[int, Field(ge=1)]
    started_at: datetime
    stopped_at: datetime | None


class TimerTold(TimerDocument):
    """A clock as the event left it, and what the event adds.

    `at` is when it happened, `threshold` what fired, `step` that of an escalation, counted from 0. `on_attach`: it
    was overdue when it began; `at_stop`: the breach was noticed by the stop, and nobody is told of it. A `generation`
    is a stretch in which nothing but time passed for the clock.
    """

    on_attach: bool
    threshold: str | None
    step: Annotated[int, Field(ge=0)] | None
    at_stop: bool
    at: datetime
    generation: Annotated[int, Field(ge=0)]


def short_document(timer: Timer) -> ShortTimer:
    """The timer as a task or a case shows it."""
    return {
        "timer_id": timer.timer_id,
        "rule": timer.rule,
        "target": timer.target,
        "subject": timer.subject,
        "due_at": timer.due_at,
        "original_due_at": timer.original_due_at,
        "state": timer.state,
        "breached_at": timer.breached_at,
        "owner": {"role": timer.owner.role, "staff_id": timer.owner.staff_id},
    }


def timer_document(timer: Timer) -> TimerDocument:
    """The timer whole."""
    return {
        **short_document(timer),
        "dealer_id": timer.dealer_id,
        "customer_id": timer.customer_id,
        "case_id": timer.case_id,
        "task_id": timer.task_id,
        "subject_id": timer.subject_id,
        "cycle": timer.cycle,
        "started_at": timer.started_at,
        "stopped_at": timer.stopped_at,
    }


def sla_record(timer: Timer, event: TimerEvent, now: datetime, event_id: str | None = None) -> Record | None:
    """The record of a timer's event, None for one that is nobody else's business."""
    if event.action not in PUBLISHED:
        return None
    data: TimerTold = {
        **timer_document(timer),
        "on_attach": event.on_attach,
        "threshold": event.threshold,
        "step": event.step,
        "at_stop": event.at_stop,
        "at": event.at,
        "generation": event.revision,
    }
    kind = f"handoff.sla.{event.action}.v1"
    return new_record(SLA_TOPIC, kind, timer.dealer_id, timer.customer_id, now, data, event_id)
