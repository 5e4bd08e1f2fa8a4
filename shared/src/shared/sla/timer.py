"""The timer machine: each transition takes a timer and answers the timer after it, its history, and what is due.

Instants are whole seconds. `breached_at` is a flag; the verdict compares instants, never percentages.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from shared.sla.business_days import due_in_days, open_days_between
from shared.sla.business_time import add
from shared.sla.deadlines import BREACH, NO_TIME, consumed_at, due_from, pending, rank, rungs, whole
from shared.sla.durations import BusinessDays, Duration
from shared.sla.facts import NOBODY, Owner
from shared.sla.values import Action, DueAction, Identity, Moved, Snapshot, State, Timer, TimerEvent


def start(
    identity: Identity,
    policy: Snapshot,
    *,
    at: datetime,
    now: datetime,
    owner: Owner = NOBODY,
    due_at: datetime | None = None,
    paused: bool = False,
    cause: str | None = None,
) -> Moved:
    """Begin a timer at `at` (the event's time, the offer's instant), however late it is known.

    `due_at`: where the deadline is given, as a promise's is. `paused`: it begins inside a pause. Overdue already: one
    `breached` with `on_attach`, no warning, and the chain begins at `now`. Raises CalendarExhausted.
    """
    at, now = whole(at), whole(now)
    due = whole(due_at) if due_at is not None else due_from(policy, at)
    timer = Timer(
        **{name: getattr(identity, name) for name in Identity.__slots__},
        started_at=at,
        due_at=due,
        original_due_at=due,
        policy=policy,
        fixed=due_at is not None,
        owner=owner,
        generation=1,
        state="paused" if paused else "running",
        running_since=None if paused else at,
        paused_at=at if paused else None,
        started_fact=cause,
    )
    begun = _moved(timer, _event(timer, "started", at, None, cause=cause))
    return _joined(begun, attach(timer, now, cause)) if now > due and not paused else begun


def attach(timer: Timer, now: datetime, cause: str | None = None) -> Moved:
    """Mark a running timer that is found overdue: the chain begins with its first rung at `now`."""
    base = consumed_at(timer, now)
    chain = timer.policy.chain
    if chain.given and chain.steps:
        base -= chain.steps[0].after
    late = replace(timer, breached_at=timer.due_at, on_attach=True, escalate_from=base, fired=timer.fired | {BREACH})
    return _moved(late, _event(late, "breached", now, timer.state, threshold=BREACH, cause=cause, on_attach=True))


def pause(timer: Timer, at: datetime, cause: str | None = None) -> Moved:
    """Stand still from `at` on: what ran is counted, what was due is withdrawn. Only a running timer pauses."""
    at = whole(at)
    if timer.state != "running":
        return Moved(timer, (), pending(timer))
    flagged = _flagged(timer, at, cause)
    still = replace(
        flagged.timer,
        state="paused",
        consumed=consumed_at(timer, at),
        running_since=None,
        paused_at=at,
        generation=timer.generation + 1,
    )
    return _joined(flagged, _moved(still, _event(still, "paused", at, timer.state, cause=cause)))


def resume(timer: Timer, at: datetime, cause: str | None = None) -> Moved:
    """Go on from `at`: due when the rest of the target is up. A breached timer keeps its deadline."""
    at = whole(at)
    if timer.state != "paused" or timer.paused_at is None:
        return Moved(timer, (), pending(timer))
    at = max(at, timer.paused_at)
    going = replace(timer, state="running", running_since=at, paused_at=None)
    if timer.breached_at is None:
        going = _moved_on(going, timer.paused_at, at)
    return _moved(going, _event(going, "resumed", at, timer.state, cause=cause))


def stop(timer: Timer, at: datetime, cause: str | None = None) -> Moved:
    """Complete it: met when `at` is not past the deadline, to the second; paused time cannot be late."""
    if not timer.live:
        return Moved(timer)
    at = whole(at)
    flagged = _flagged(timer, at, cause)
    done = _ended(flagged.timer, "completed", at, cause)
    action: Action = "missed" if done.breached_at else "met"
    return _joined(flagged, _moved(done, _event(done, action, at, timer.state, cause=cause)))


def cancel(timer: Timer, at: datetime, cause: str | None = None) -> Moved:
    """Withdraw it. A breach that has happened stays on record."""
    if not timer.live:
        return Moved(timer)
    at = whole(at)
    flagged = _flagged(timer, at, cause)
    gone = _ended(flagged.timer, "cancelled", at, cause)
    return _joined(flagged, _moved(gone, _event(gone, "cancelled", at, timer.state, cause=cause)))


def acknowledge(timer: Timer, at: datetime, cause: str | None = None) -> Moved:
    """Somebody who was told has taken it: no further rung, until nothing has happened for the re-arming time."""
    if timer.state != "running" or timer.breached_at is None or timer.acknowledged_at is not None:
        return Moved(timer, (), pending(timer))
    at = whole(at)
    quiet = replace(
        timer,
        acknowledged_at=at,
        escalate_from=consumed_at(timer, at) + timer.policy.rearm_after,
        generation=timer.generation + 1,
    )
    return _moved(quiet, _event(quiet, "acknowledged", at, timer.state, cause=cause))


def progress(timer: Timer) -> Moved:
    """The customer was contacted after an acknowledgement: the chain does not come back in this cycle."""
    if timer.state != "running" or timer.acknowledged_at is None or timer.escalate_from is None:
        return Moved(timer, (), pending(timer))
    return _moved(replace(timer, escalate_from=None, generation=timer.generation + 1))


def move_owner(timer: Timer, owner: Owner, at: datetime, cause: str | None = None) -> Moved:
    """Another answers for it from now on; calendar and deadline stay."""
    if not timer.live or timer.owner == owner:
        return Moved(timer, (), pending(timer))
    moved = replace(timer, owner=owner)
    return _moved(moved, _event(moved, "owner_moved", whole(at), timer.state, cause=cause))


def adopt(timer: Timer, policy: Snapshot, now: datetime) -> Moved:
    """Migrate a live timer to another policy, by explicit command: what ran before stays as it was counted.

    The new calendar counts from `now` or its `effective_from`, whichever is later.
    """
    began = policy.calendar.effective_from if policy.calendar else None
    at = whole(max(now, began) if began else now)
    if timer.state == "paused":
        return _moved(replace(timer, policy=policy, generation=timer.generation + 1))
    if timer.state != "running" or timer.breached_at:
        return Moved(timer, (), pending(timer))
    frozen = replace(
        timer, consumed=consumed_at(timer, at), running_since=at, policy=policy, generation=timer.generation + 1
    )
    moved = _moved_on(frozen, at, at)
    return _moved(moved, _event(moved, "corrected", whole(now), timer.state, detail="policy"))


def fire(timer: Timer, threshold: str, generation: int, now: datetime) -> Moved:
    """Let a due threshold take effect; one of an older generation, or not due, is superseded and changes nothing."""
    now = whole(now)
    row = next((row for row in pending(timer) if row.threshold == threshold), None)
    if row is None or generation != timer.generation:
        event = _event(timer, "superseded", now, timer.state, threshold=threshold)
        return _moved(timer, replace(event, generation=generation))
    if row.fire_at > now:
        return Moved(timer, (), pending(timer))
    fired = replace(timer, fired=timer.fired | {threshold})
    kind = threshold.partition(":")[0]
    if kind == BREACH:
        return _breach(fired, now)
    if kind == "rearm":
        again = replace(fired, acknowledged_at=None, round=fired.round + 1)
        return _moved(again, _event(again, "rearmed", now, timer.state, threshold=threshold))
    if kind == "step":
        step = rungs(timer.policy.chain)[int(threshold.rpartition(".")[2]) - 1][0]
        return _moved(fired, _event(fired, "escalated", now, timer.state, threshold=threshold, step=step))
    return _moved(fired, _event(fired, "warning", now, timer.state, threshold=threshold))


def fire_overdue(timer: Timer, rows: Sequence[DueAction], now: datetime) -> Moved:
    """Fire the highest of several overdue thresholds of one timer; the others are recorded as superseded."""
    now = whole(now)
    *lower, highest = sorted(rows, key=lambda row: rank(row.threshold))
    passed = replace(timer, fired=timer.fired | {row.threshold for row in lower})
    events = (
        replace(_event(timer, "superseded", now, timer.state, threshold=row.threshold), generation=row.generation)
        for row in lower
    )
    return _joined(Moved(passed, tuple(events)), fire(passed, highest.threshold, highest.generation, now))


def _breach(timer: Timer, now: datetime) -> Moved:
    late = replace(timer, breached_at=timer.due_at, escalate_from=consumed_at(timer, timer.due_at))
    told = _moved(late, _event(late, "breached", now, timer.state, threshold=BREACH))
    return _joined(told, cancel(late, now)) if timer.target == "acceptance" else told


def _flagged(timer: Timer, at: datetime, cause: str | None) -> Moved:
    """The breach noticed by a transition that comes before it could fire."""
    if timer.state != "running" or timer.breached_at or at <= timer.due_at:
        return Moved(timer)
    late = replace(
        timer,
        breached_at=timer.due_at,
        escalate_from=consumed_at(timer, timer.due_at),
        fired=timer.fired | {BREACH},
    )
    return Moved(late, (_event(late, "breached", at, timer.state, threshold=BREACH, cause=cause, at_stop=True),))


def _moved_on(timer: Timer, paused_at: datetime, at: datetime) -> Timer:
    """The deadline after a pause: the rest of the time, or the date moved by the open dates of the pause."""
    target, calendar = timer.policy.target, timer.policy.calendar
    if timer.fixed:
        return timer
    if isinstance(target, Duration) and target.is_time:
        return replace(timer, due_at=add(calendar, at, max(NO_TIME, target.time - timer.consumed)))
    if calendar is None or not isinstance(target, BusinessDays):
        return timer
    moved = timer.moved_days + open_days_between(calendar, paused_at, at)
    while (due := due_in_days(calendar, timer.started_at, target, moved)) <= at:
        moved += 1
    return replace(timer, moved_days=moved, due_at=due)


def _ended(timer: Timer, state: State, at: datetime, cause: str | None) -> Timer:
    return replace(
        timer,
        state=state,
        consumed=consumed_at(timer, at),
        running_since=None,
        paused_at=None,
        stopped_at=at,
        stopped_fact=cause,
        generation=timer.generation + 1,
    )


def _moved(timer: Timer, *events: TimerEvent) -> Moved:
    return Moved(timer, events, pending(timer))


def _joined(first: Moved, then: Moved) -> Moved:
    return Moved(then.timer, first.events + then.events, then.due)


def _event(
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
        generation=timer.generation,
        threshold=threshold,
        step=step,
        cause=cause,
        on_attach=on_attach,
        at_stop=at_stop,
        detail=detail,
    )
