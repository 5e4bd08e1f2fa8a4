"""The timer machine: each transition takes a timer and answers the timer after it, its history, and what is due.

Instants are whole seconds. `breached_at` is a flag; the verdict compares instants, never percentages.
"""

from datetime import datetime
from typing import Final

from shared.calendar.business_days import due_in_days, open_days_between
from shared.calendar.business_time import add
from shared.calendar.durations import BusinessDays, Duration
from shared.fast_dataclass import fast_replace
from shared.sla.deadlines import BREACH, NO_TIME, consumed_at, due_from, pending, whole
from shared.sla.engine.transitions import event_of, joined, transition
from shared.sla.facts import NOBODY, Owner
from shared.sla.types import Action, Earlier, Identity, Snapshot, State, Timer, TimerTransition, in_full

RESTARTED: Final = "restarted"
"""What the correction of a timer that counts anew says in its `detail`."""


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
) -> TimerTransition:
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
        revision=1,
        state="paused" if paused else "running",
        running_since=None if paused else at,
        paused_at=at if paused else None,
        started_fact=cause,
    )
    begun = transition(timer, event_of(timer, "started", at, None, cause=cause, owner=owner))
    return joined(begun, attach(timer, now, cause)) if now > due and not paused else begun


def attach(timer: Timer, now: datetime, cause: str | None = None) -> TimerTransition:
    """Mark a running timer that is found overdue: the chain begins with its first step at `now`."""
    base = consumed_at(timer, now)
    chain = timer.policy.chain
    if chain.given and chain.steps:
        base -= chain.steps[0].after
    late = fast_replace(
        timer, breached_at=timer.due_at, on_attach=True, escalate_from=base, fired=timer.fired | {BREACH}
    )
    return transition(late, event_of(late, "breached", now, timer.state, threshold=BREACH, cause=cause, on_attach=True))


def pause(timer: Timer, at: datetime, cause: str | None = None) -> TimerTransition:
    """Stand still from `at` on: what ran is counted, what was due is withdrawn. Only a running timer pauses.

    A breach that had no time to fire is told as one: the timer has yet to end.
    """
    at = whole(at)
    if timer.state != "running":
        return TimerTransition(timer, (), pending(timer))
    flagged = _flagged(timer, at, cause, at_stop=False)
    still = fast_replace(
        flagged.timer,
        state="paused",
        consumed=consumed_at(timer, at),
        running_since=None,
        paused_at=at,
        revision=timer.revision + 1,
    )
    return joined(flagged, transition(still, event_of(still, "paused", at, timer.state, cause=cause)))


def resume(timer: Timer, at: datetime, cause: str | None = None) -> TimerTransition:
    """Go on from `at`: due when the rest of the target is up. A breached timer keeps its deadline."""
    at = whole(at)
    if timer.state != "paused" or timer.paused_at is None:
        return TimerTransition(timer, (), pending(timer))
    at = max(at, timer.paused_at)
    going = fast_replace(timer, state="running", running_since=at, paused_at=None)
    if timer.breached_at is None:
        going = _moved_on(going, timer.paused_at, at)
    return transition(going, event_of(going, "resumed", at, timer.state, cause=cause))


def stop(timer: Timer, at: datetime, cause: str | None = None) -> TimerTransition:
    """Complete it: met when `at` is not past the deadline, to the second; paused time cannot be late."""
    if not timer.live:
        return TimerTransition(timer)
    at = whole(at)
    flagged = _flagged(timer, at, cause)
    done = _ended(flagged.timer, "completed", at, cause)
    action: Action = "missed" if done.breached_at else "met"
    return joined(flagged, transition(done, event_of(done, action, at, timer.state, cause=cause)))


def cancel(timer: Timer, at: datetime, cause: str | None = None) -> TimerTransition:
    """Withdraw it. A breach that has happened stays on record."""
    if not timer.live:
        return TimerTransition(timer)
    at = whole(at)
    flagged = _flagged(timer, at, cause)
    gone = _ended(flagged.timer, "cancelled", at, cause)
    return joined(flagged, transition(gone, event_of(gone, "cancelled", at, timer.state, cause=cause)))


def move_owner(timer: Timer, owner: Owner, at: datetime, cause: str | None = None) -> TimerTransition:
    """Another answers for it from now on; calendar and deadline stay."""
    if not timer.live or timer.owner == owner:
        return TimerTransition(timer, (), pending(timer))
    moved = fast_replace(timer, owner=owner)
    return transition(moved, event_of(moved, "owner_moved", whole(at), timer.state, cause=cause, owner=owner))


def migrate_policy(timer: Timer, policy: Snapshot, now: datetime) -> TimerTransition:
    """Migrate a live timer to another policy, by explicit command: what ran before stays as it was counted.

    The new calendar counts from `now`. A breached timer keeps its policy, a cycle that a reopening began the time that
    was left to it. Raises CalendarExhausted.
    """
    if not timer.live or timer.breached_at or (timer.due_at < whole(now) and timer.state == "running"):
        return TimerTransition(timer, (), pending(timer))
    at = whole(now)
    earlier = (*timer.earlier, Earlier(at, timer.policy))
    moved = fast_replace(timer, policy=policy_for(policy, timer), earlier=earlier, revision=timer.revision + 1)
    if timer.state == "running":
        moved = _moved_on(fast_replace(moved, consumed=consumed_at(timer, at), running_since=at), at, at)
    return transition(moved, event_of(moved, "corrected", at, timer.state, detail="policy"))


def restart(timer: Timer, policy: Snapshot, now: datetime, cause: str | None = None) -> TimerTransition:
    """Count a live timer anew from `now` under a policy; its warnings come again, `started_at` stays.

    One that stands still counts anew from its resumption. A breached or overdue timer stays as it is. Raises
    CalendarExhausted.
    """
    at = whole(now)
    if not timer.live or timer.breached_at or (timer.due_at < at and timer.state == "running"):
        return TimerTransition(timer, (), pending(timer))
    target, calendar = policy.target, policy.calendar
    in_days = isinstance(target, BusinessDays) and calendar is not None
    anew = fast_replace(
        timer,
        policy=policy,
        earlier=(*timer.earlier, Earlier(at, timer.policy, restarted=True)),
        revision=timer.revision + 1,
        consumed=NO_TIME,
        moved_days=open_days_between(calendar, timer.started_at, timer.paused_at or at) if in_days and calendar else 0,
        fired=frozenset(name for name in timer.fired if not name.startswith("warning:")),
    )
    if timer.state == "running":
        anew = _moved_on(fast_replace(anew, running_since=at), at, at)
    return transition(anew, event_of(anew, "corrected", at, timer.state, cause=cause, detail=RESTARTED))


def policy_for(policy: Snapshot, timer: Timer) -> Snapshot:
    """The policy as this timer would have it: with the rule's target, or what a reopening left of it."""
    policy = in_full(policy)
    if timer.policy.full is None:
        return policy
    return fast_replace(policy, target=timer.policy.target, full=policy.target)


def _flagged(timer: Timer, at: datetime, cause: str | None, *, at_stop: bool = True) -> TimerTransition:
    """The verdict as of `at`: a breach that had no time to fire, or one that turns out never to have been.

    `at_stop` False: the timer goes on, so the breach is told to people.
    """
    if timer.state != "running" or (timer.breached_at is not None) == (at > timer.due_at):
        return TimerTransition(timer)
    if timer.breached_at is None:
        late = fast_replace(
            timer,
            breached_at=timer.due_at,
            escalate_from=consumed_at(timer, timer.due_at),
            fired=timer.fired | {BREACH},
        )
        event = event_of(late, "breached", at, timer.state, threshold=BREACH, cause=cause, at_stop=at_stop)
        return TimerTransition(late, (event,))
    kept = fast_replace(
        timer,
        breached_at=None,
        on_attach=False,
        escalate_from=None,
        acknowledged_at=None,
        fired=frozenset(name for name in timer.fired if name.startswith("warning:")),
    )
    return TimerTransition(kept, (event_of(kept, "corrected", at, timer.state, cause=cause, detail="kept in time"),))


def _moved_on(timer: Timer, paused_at: datetime, at: datetime) -> Timer:
    """The deadline after a pause: the rest of the time, or the date moved by the open dates of the pause."""
    target, calendar = timer.policy.target, timer.policy.calendar
    if timer.fixed:
        return timer
    if isinstance(target, Duration) and target.is_time:
        return fast_replace(timer, due_at=add(calendar, at, max(NO_TIME, target.time - timer.consumed)))
    if calendar is None or not isinstance(target, BusinessDays):
        return timer
    moved = timer.moved_days + open_days_between(calendar, paused_at, at)
    while (due := due_in_days(calendar, timer.started_at, target, moved, since=at)) <= at:
        moved += 1
    return fast_replace(timer, moved_days=moved, due_at=due)


def _ended(timer: Timer, state: State, at: datetime, cause: str | None) -> Timer:
    return fast_replace(
        timer,
        state=state,
        consumed=consumed_at(timer, at),
        running_since=None,
        paused_at=None,
        stopped_at=at,
        stopped_fact=cause,
        revision=timer.revision + 1,
    )
