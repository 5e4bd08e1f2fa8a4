"""Clocks whose dates are given by a record, such as a promise's or an appointment's: another date for them."""

from datetime import datetime
from typing import Final

from shared.fast_dataclass import fast_replace
from shared.sla.deadlines import NO_TIME, due_from, pending, whole
from shared.sla.engine.timer import attach
from shared.sla.engine.transitions import event_of, joined, transition
from shared.sla.types import Timer, TimerTransition

MOVED: Final = "moved"
BROUGHT_FORWARD: Final = "brought forward"
"""What the correction of a clock with another date says in its `detail`."""


def bring_forward(timer: Timer, due_at: datetime, at: datetime, cause: str | None = None) -> TimerTransition:
    """Let a running clock be due earlier.

    A warning that has fired does not come again, one whose time has passed is due. `original_due_at`
    stays. A clock that is breached, ended or due no later already stays as it is.
    """
    due_at = whole(due_at)
    if timer.state != "running" or timer.breached_at is not None or timer.due_at <= due_at:
        return TimerTransition(timer, (), pending(timer))
    return _redated(timer, fast_replace(timer, due_at=due_at, revision=timer.revision + 1), BROUGHT_FORWARD, at, cause)


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
    over = fast_replace(
        timer,
        subject_id=subject_id,
        due_at=due_at,
        consumed=NO_TIME,
        running_since=at,
        fired=frozenset(),
        revision=timer.revision + 1,
    )
    return _redated(timer, over, MOVED, at, cause)


def reschedule(timer: Timer, starts_at: datetime, now: datetime, cause: str | None = None) -> TimerTransition:
    """Let a running clock begin at another instant, with the policy it has; its warnings come again.

    `original_due_at` stays. One that is overdue then is attached as such. A breached or ended clock stays as it is.
    """
    start, now = whole(starts_at), whole(now)
    if timer.state != "running" or timer.breached_at is not None:
        return TimerTransition(timer, (), pending(timer))
    due_at = due_from(timer.policy, start)
    moved = fast_replace(
        timer,
        started_at=start,
        running_since=start,
        consumed=NO_TIME,
        due_at=due_at,
        fired=frozenset(),
        revision=timer.revision + 1,
    )
    then = _redated(timer, moved, f"due {timer.due_at.isoformat()} -> {due_at.isoformat()}", now, cause)
    return joined(then, attach(moved, now, cause)) if now > due_at else then


def stop_earlier(timer: Timer, at: datetime, now: datetime, cause: str | None = None) -> TimerTransition:
    """Let a completed clock have been stopped earlier, as is heard of late: it is judged by that instant."""
    at = whole(at)
    if timer.state != "completed" or timer.stopped_at is None or at >= timer.stopped_at:
        return TimerTransition(timer, (), pending(timer))
    breached_at = timer.due_at if at > timer.due_at else None
    stopped = fast_replace(
        timer, stopped_at=at, stopped_fact=cause, breached_at=breached_at, on_attach=False, revision=timer.revision + 1
    )
    detail = f"stopped {timer.stopped_at.isoformat()} -> {at.isoformat()}"
    event = event_of(stopped, "corrected", whole(now), timer.state, cause=cause, detail=detail)
    return transition(stopped, event)


def _redated(old: Timer, new: Timer, detail: str, at: datetime, cause: str | None) -> TimerTransition:
    return transition(new, event_of(new, "corrected", whole(at), old.state, cause=cause, detail=detail))
