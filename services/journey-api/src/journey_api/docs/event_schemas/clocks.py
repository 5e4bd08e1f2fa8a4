"""The data of records on the sla topic, and the short form of a timer that a task carries."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field

from journey_api.docs.event_schemas.parts import Own, Rule, Shape, TimerOwner
from journey_api.http.field_types import Id
from shared.sla.deadlines import BREACH
from shared.sla.store.due_subjects import Kind
from shared.sla.types import Metric, State, Subject


class ShortTimer(Shape):
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


class TimerTold(ShortTimer):
    """A clock as the event left it, and what the event adds.

    `at` is when it happened, `threshold` what fired, `step` the rung of an escalation, counted from 0. `on_attach`: it
    was overdue when it began; `at_stop`: the breach was noticed by the stop, and nobody is told of it. A `generation`
    is a stretch in which nothing but time passed for the clock.
    """

    dealer_id: Id
    customer_id: Id | None
    case_id: Id | None
    task_id: Own | None
    subject_id: str
    cycle: Annotated[int, Field(ge=1)]
    started_at: datetime
    stopped_at: datetime | None
    on_attach: bool
    threshold: str | None
    step: Annotated[int, Field(ge=0)] | None
    at_stop: bool
    at: datetime
    generation: Annotated[int, Field(ge=0)]


class DueTold(Shape):
    """Something other than a clock is due, and Handoff itself acts on it: readers may ignore it.

    `subject_id`: the task whose wait has ended, the role whose queue somebody may be there for, or the case that may be
    idle. `due_at` is when it was due.
    """

    kind: Kind
    dealer_id: Id
    customer_id: Id | None
    subject_id: Id
    due_at: datetime


_NOTHING: Final[Mapping[str, Any]] = {"type": "null"}
_FIRED: Final[Mapping[str, Mapping[str, Any]]] = {
    "warning": {"threshold": {"type": "string", "pattern": "^warning:"}},
    "breached": {"threshold": {"const": BREACH}},
    "escalated": {"threshold": {"type": "string", "pattern": r"^step:\d+\.\d+$"}, "step": {"type": "integer"}},
}


def narrow(action: str) -> dict[str, Any]:
    """What holds of the data of one action only."""
    return {"properties": {"threshold": _NOTHING, "step": _NOTHING, **_FIRED.get(action, {})}}
