"""What becomes of a stored timer when the facts, told anew, say otherwise of it."""

from collections.abc import Sequence
from datetime import datetime

from shared.fast_dataclass import fast_replace
from shared.sla.deadlines import BREACH, consumed_at, pending, whole
from shared.sla.engine import timer as machine
from shared.sla.engine.transitions import pauses_of
from shared.sla.types import Timer, TimerEvent, TimerTransition


def added(timer: Timer, own: Sequence[TimerEvent], now: datetime) -> TimerTransition:
    """A timer nobody knew of, with its history; its breach is told once, as of now, and of an ended one to nobody."""
    if _is_late(timer, now):
        late = machine.attach(timer, whole(now))
        return TimerTransition(late.timer, (*(one for one in own if one.action != "breached"), *late.events), late.due)
    applied = (fast_replace(one, at_stop=True) if one.action == "breached" else one for one in own)
    return TimerTransition(timer, tuple(applied), pending(timer))


def corrected(old: Timer, new: Timer, own: Sequence[TimerEvent], now: datetime) -> TimerTransition:
    """The stored timer brought to what the facts say, if that differs; `own`: its history as they tell it."""
    if _visible_state(old) == _visible_state(new):
        return TimerTransition(old, (), pending(old))
    fired = frozenset(name for name in old.fired if new.breached_at or name.startswith("warning:"))
    timer = fast_replace(
        new, timer_id=old.timer_id, owner=old.owner, revision=old.revision + 1, fired=fired, round=old.round
    )
    late = TimerTransition(timer)
    if _is_late(timer, now):
        late = (
            TimerTransition(_still_breached(old, timer, now)) if old.breached_at else machine.attach(timer, whole(now))
        )
    elif timer.breached_at:
        late = TimerTransition(fast_replace(timer, fired=timer.fired | {BREACH}))
    event = fast_replace(_correction(old, late.timer, now), pauses=pauses_of(own))
    return TimerTransition(late.timer, (event, *late.events), pending(late.timer))


def _is_late(timer: Timer, now: datetime) -> bool:
    """Whether a live timer is breached, on record or as it is found; a paused one is only if it was before."""
    overdue = timer.state == "running" and whole(now) > timer.due_at
    return timer.live and (overdue or timer.breached_at is not None)


def _still_breached(old: Timer, new: Timer, now: datetime) -> Timer:
    """The chain of a breach that was told goes on: its first step counts from the breach as it now turns out.

    What counts from an instant of its own (the attachment, an acknowledgement, a re-arming) stays as far off as it was.
    """
    if new.breached_at is None:
        new = fast_replace(new, breached_at=new.due_at, escalate_from=consumed_at(new, new.due_at))
    base = new.escalate_from
    if old.escalate_from is None:
        base = None
    elif old.on_attach or old.acknowledged_at or old.round > 1:
        base = consumed_at(new, now) + old.escalate_from - consumed_at(old, now)
    return fast_replace(
        new, on_attach=old.on_attach, fired=old.fired, acknowledged_at=old.acknowledged_at, escalate_from=base
    )


def undone(timer: Timer, now: datetime) -> TimerTransition:
    """A timer that, as it now turns out, should never have started."""
    if timer.state == "cancelled":
        return TimerTransition(timer)
    at = whole(now)
    gone = fast_replace(
        timer,
        state="cancelled",
        running_since=None,
        paused_at=None,
        stopped_at=timer.stopped_at or at,
        revision=timer.revision + 1,
    )
    return TimerTransition(gone, (_correction(timer, gone, now),))


def _visible_state(timer: Timer) -> tuple[object, ...]:
    """What a reader of the timer would notice; an unfired breach of a running timer is not a difference."""
    ended = None if timer.live else (timer.stopped_at, timer.breached_at)
    return (timer.target, timer.state, timer.started_at, timer.due_at, timer.consumed, timer.running_since, ended)


def _correction(old: Timer, new: Timer, now: datetime) -> TimerEvent:
    return TimerEvent(
        timer_id=old.timer_id,
        action="corrected",
        at=whole(now),
        from_state=old.state,
        to_state=new.state,
        cycle=old.cycle,
        revision=new.revision,
        detail=f"due {old.due_at.isoformat()} -> {new.due_at.isoformat()}",
    )
