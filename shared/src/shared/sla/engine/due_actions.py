"""What is due takes effect: warnings, the breach, the steps of its chain, and what silences them."""

from datetime import datetime

from shared.fast_dataclass import fast_replace
from shared.sla.deadlines import BREACH, consumed_at, escalation_steps, fires_at, overdue, pending, whole
from shared.sla.engine.timer import cancel
from shared.sla.engine.transitions import event_of, joined, transition
from shared.sla.types import Timer, TimerTransition


def fire(timer: Timer, threshold: str, now: datetime) -> TimerTransition:
    """Let a due threshold take effect; one that is not due, or not to come, changes nothing."""
    now = whole(now)
    due_at = fires_at(timer, threshold)
    if due_at is None or due_at > now:
        return TimerTransition(timer, (), pending(timer))
    return _fired(timer, timer.fired | {threshold}, threshold, now)


def fire_overdue(timer: Timer, now: datetime) -> TimerTransition:
    """Fire the highest of the thresholds of a timer that are overdue; the others are recorded as superseded."""
    now = whole(now)
    late = overdue(timer, now)
    if not late:
        return TimerTransition(timer, (), pending(timer))
    *lower, highest = late
    fired = _fired(timer, timer.fired.union(late), highest, now)
    if not lower:
        return fired
    events = tuple(event_of(timer, "superseded", now, timer.state, threshold=threshold) for threshold in lower)
    return joined(TimerTransition(timer, events), fired)


def _fired(timer: Timer, fired: frozenset[str], threshold: str, now: datetime) -> TimerTransition:
    """The timer after a threshold that is due, and those of `fired`, took effect."""
    kind = threshold.partition(":")[0]
    if kind == BREACH:
        return _breach(timer, fired, now)
    if kind == "rearm":
        again = fast_replace(timer, fired=fired, acknowledged_at=None, round=timer.round + 1)
        return transition(again, event_of(again, "rearmed", now, timer.state, threshold=threshold))
    after = fast_replace(timer, fired=fired)
    if kind == "step":
        step = escalation_steps(timer.policy.chain)[int(threshold.rpartition(".")[2]) - 1][0]
        return transition(after, event_of(after, "escalated", now, timer.state, threshold=threshold, step=step))
    return transition(after, event_of(after, "warning", now, timer.state, threshold=threshold))


def _breach(timer: Timer, fired: frozenset[str], now: datetime) -> TimerTransition:
    base = consumed_at(timer, timer.due_at)
    late = fast_replace(timer, breached_at=timer.due_at, escalate_from=base, fired=fired)
    event = event_of(late, "breached", now, timer.state, threshold=BREACH)
    if timer.target != "acceptance":
        return transition(late, event)
    return joined(TimerTransition(late, (event,)), cancel(late, now))


def acknowledge(timer: Timer, at: datetime, cause: str | None = None) -> TimerTransition:
    """Somebody who was told has taken it: no further step, until nothing has happened for the re-arming time.

    Of a paused timer too; the re-arming time runs while the timer does.
    """
    if not timer.live or timer.breached_at is None or timer.acknowledged_at is not None:
        return TimerTransition(timer, (), pending(timer))
    at = whole(at)
    quiet = fast_replace(
        timer,
        acknowledged_at=at,
        escalate_from=consumed_at(timer, at) + timer.policy.rearm_after,
        revision=timer.revision + 1,
    )
    return transition(quiet, event_of(quiet, "acknowledged", at, timer.state, cause=cause))


def progress(timer: Timer) -> TimerTransition:
    """The customer was contacted after an acknowledgement: the chain does not come back in this cycle."""
    if not timer.live or timer.acknowledged_at is None or timer.escalate_from is None:
        return TimerTransition(timer, (), pending(timer))
    return transition(fast_replace(timer, escalate_from=None, revision=timer.revision + 1))
