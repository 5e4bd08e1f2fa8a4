"""The parts every transition of a timer is made of: the history line, the timer with what is due, two in a row."""

from collections.abc import Iterable
from datetime import datetime

from shared.sla.deadlines import pending
from shared.sla.facts import Owner
from shared.sla.types import Action, Pause, State, Timer, TimerEvent, TimerTransition


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
    owner: Owner | None = None,
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
        owner=owner,
    )


def pauses_of(events: Iterable[TimerEvent]) -> tuple[Pause, ...]:
    """Every pause of a timer's history, in order; its end is the resumption, or the end of the timer."""
    pauses: list[Pause] = []
    for event in events:
        if event.to_state == "paused" and event.from_state != "paused":
            pauses.append((event.at, None))
        elif event.from_state == "paused" and event.to_state != "paused" and pauses:
            pauses[-1] = pauses[-1][0], event.at
    return tuple(pauses)
