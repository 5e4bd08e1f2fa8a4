"""The parts every transition of a timer is made of: the history line, the timer with what is due, two in a row."""

from datetime import datetime

from shared.sla.deadlines import pending
from shared.sla.types import Action, State, Timer, TimerEvent, TimerTransition


def transition(timer: Timer, *events: TimerEvent) -> TimerTransition:
    return TimerTransition(timer, events, pending(timer))


def joined(first: TimerTransition, then: TimerTransition) -> TimerTransition:
    return TimerTransition(then.timer, first.events + then.events, then.due)


def event_of(
    timer: Timer,
    action: Action,
    at: datetime,
    before: State | None,
    *,
    threshold: str | None = None,
    step: int | None = None,
    cause: str | None = None,
    on_attach: bool = False,
    at_stop: bool = False,
    detail: str | None = None,
) -> TimerEvent:
    return TimerEvent(
        timer_id=timer.timer_id,
        action=action,
        at=at,
        from_state=before,
        to_state=timer.state,
        cycle=timer.cycle,
        revision=timer.revision,
        threshold=threshold,
        step=step,
        cause=cause,
        on_attach=on_attach,
        at_stop=at_stop,
        detail=detail,
    )
