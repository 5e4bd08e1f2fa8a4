"""What is said of a timer: the contract's document, its short form, and the records on the sla topic."""

from datetime import datetime
from typing import Any, Final

from shared.messaging.bus import Record, new_record
from shared.sla.types import Action, Timer, TimerEvent
from shared.vocabulary import SLA_TOPIC

TOLD: Final[frozenset[Action]] = frozenset(
    {"started", "warning", "breached", "met", "escalated", "cancelled", "corrected"}
)
"""The events of a timer that become records."""


def timer_document(timer: Timer) -> dict[str, Any]:
    """The timer as `GET /v1/sla/timers` shows it."""
    return {
        "timer_id": timer.timer_id,
        "dealer_id": timer.dealer_id,
        "customer_id": timer.customer_id,
        "case_id": timer.case_id,
        "task_id": timer.task_id,
        "rule": timer.rule,
        "target": timer.target,
        "subject": timer.subject,
        "subject_id": timer.subject_id,
        "cycle": timer.cycle,
        "started_at": timer.started_at,
        "due_at": timer.due_at,
        "original_due_at": timer.original_due_at,
        "state": timer.state,
        "stopped_at": timer.stopped_at,
        "breached_at": timer.breached_at,
        "owner": {"role": timer.owner.role, "staff_id": timer.owner.staff_id},
    }


SHORT: Final = (
    "timer_id",
    "rule",
    "target",
    "subject",
    "due_at",
    "original_due_at",
    "state",
    "breached_at",
    "owner",
)


def short_document(timer: Timer) -> dict[str, Any]:
    """The timer as a task or a case shows it."""
    document = timer_document(timer)
    return {name: document[name] for name in SHORT}


def sla_record(timer: Timer, event: TimerEvent, now: datetime, event_id: str | None = None) -> Record | None:
    """The record of a timer's event, None for one that is nobody else's business.

    Its data is the timer's document with `on_attach`, and what the event adds: `threshold`, `step` (0-based) of an
    escalation, `at_stop` where a breach was noticed by the stop and nobody is to be told.
    """
    if event.action not in TOLD:
        return None
    data = timer_document(timer) | {
        "on_attach": event.on_attach,
        "threshold": event.threshold,
        "step": event.step,
        "at_stop": event.at_stop,
        "at": event.at,
        "generation": event.generation,
    }
    kind = f"handoff.sla.{event.action}.v1"
    return new_record(SLA_TOPIC, kind, timer.dealer_id, timer.customer_id, now, data, event_id)
