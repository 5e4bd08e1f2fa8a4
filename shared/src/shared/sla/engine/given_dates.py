"""Clocks due at an instant that was given, such as a promise's: another date for them."""

from dataclasses import replace
from datetime import datetime

from shared.sla.deadlines import NO_TIME, pending, whole
from shared.sla.engine.transitions import event_of, transition
from shared.sla.types import Timer, TimerTransition


def bring_forward(timer: Timer, due_at: datetime, at: datetime, cause: str | None = None) -> TimerTransition:
    """Let a running clock be due earlier.

    A warning that has fired does not come again, one whose time has passed is due. `original_due_at`
    stays. A clock that is breached, ended or due no later already stays as it is.
    """
    due_at = whole(due_at)
    if timer.state != "running" or timer.breached_at is not None or timer.due_at <= due_at:
        return TimerTransition(timer, (), pending(timer))
    return _redated(timer, replace(timer, due_at=due_at, revision=timer.revision + 1), at, cause)


def hand_over(
    timer: Timer, subject_id: str, due_at: datetime, at: datetime, cause: str | None = None
) -> TimerTransition:
    """Let a running clock go over at `at` to the subject that succeeds its own, due at `due_at`.

    It counts from `at` on, so its warnings come again; `started_at` and `original_due_at` stay those of the first
    subject (`timers 5.8`). A clock that is breached or ended stays as it is.
    """
    at, due_at = whole(at), whole(due_at)
    if timer.state != "running" or timer.breached_at is not None:
        return TimerTransition(timer, (), pending(timer))
    over = replace(
        timer,
        subject_id=subject_id,
        due_at=due_at,
        consumed=NO_TIME,
        running_since=at,
        fired=frozenset(),
        revision=timer.revision + 1,
    )
    return _redated(timer, over, at, cause)


def _redated(old: Timer, new: Timer, at: datetime, cause: str | None) -> TimerTransition:
    detail = f"due {old.due_at.isoformat()} -> {new.due_at.isoformat()}"
    return transition(new, event_of(new, "corrected", whole(at), old.state, cause=cause, detail=detail))
