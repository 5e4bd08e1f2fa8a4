"""All the clocks of a case, advanced fact by fact; a late fact tells the whole story again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from shared.fast_dataclass import fast_replace
from shared.sla.deadlines import pending
from shared.sla.engine.apply_fact import apply_fact
from shared.sla.engine.corrections import added, corrected, undone
from shared.sla.engine.due_actions import progress
from shared.sla.engine.fact_application import FactApplication, Migrated, Snapshots, TimerKey, migrations
from shared.sla.engine.role_changes import RETROACTIVE, restart_policy, retroactive_policies
from shared.sla.fact_view import reached
from shared.sla.facts import ContactMade, EventSeen, Fact, OwnerMoved, order_key
from shared.sla.policy.policy import Policies
from shared.sla.types import CaseTimers, Snapshot, Timer, TimerChanges, in_full

OrderKey = tuple[datetime, str]
"""Where a fact stands among the others of its case: `order_key`."""

NEVER: Final[OrderKey] = (datetime.min.replace(tzinfo=UTC), "")
"""What comes before every fact."""


class LateFact(ValueError):
    """A newer fact of the case was applied already: its log is needed to tell the story again."""


def advance(
    case_timers: CaseTimers,
    fact: Fact,
    policies: Policies,
    now: datetime,
    new_id: Callable[[], str],
    log: Sequence[Fact] | None = None,
) -> TimerChanges:
    """Apply one fact to the clocks of its case and its task.

    `log`: the earlier facts of the case, needed only where `is_late(book, fact)` or `is_retroactive(policies, fact)`.
    Raises LateFact without it.
    """
    if isinstance(fact, EventSeen) and not fact.live:
        return TimerChanges(case_timers)
    if is_late(case_timers, fact):
        if log is None:
            raise LateFact(fact.fact_id)
        return _joined(rederive(case_timers, (*log, fact), policies, now, new_id), fact, policies, now, new_id)
    application = opened_with(case_timers, kept_policies({}, policies), new_id)
    application.restarts = partial(restart_policy, policies)
    apply_fact(application, fact, now)
    changes = _changes(case_timers, application, order_key(fact))
    renewed = retroactive_policies(case_timers.timers, fact, policies)
    return _worked_out_anew(changes, renewed, log, policies, now, new_id) if renewed else changes


def is_late(case_timers: CaseTimers, fact: Fact) -> bool:
    """Whether a newer fact of the case was applied already. Who answers for a clock from now on is never late."""
    if isinstance(fact, OwnerMoved):
        return False
    return case_timers.latest is not None and order_key(fact) < case_timers.latest


def has_late(case_timers: CaseTimers, facts: Iterable[Fact]) -> bool:
    """Whether some of these facts, told one after the other, will be late."""
    latest = case_timers.latest
    for fact in facts:
        applied = order_key(fact)
        if latest is not None and applied < latest:
            return True
        latest = applied
    return False


def rederive(
    case_timers: CaseTimers, log: Iterable[Fact], policies: Policies, now: datetime, new_id: Callable[[], str]
) -> TimerChanges:
    """Tell the case's timers anew from all its facts, in (occurred_at, id) order, and correct what is stored.

    Stored timers keep their ids and the policies they started with and were migrated to, but for what a reopening left
    of the target; notices that went out are not unsent: a `corrected` event follows them. A timer that should never
    have been is cancelled. Timers of tasks, promises and appointments are left as they are.
    """
    return tell_anew(case_timers, log, policies, now, new_id)[0]


def tell_anew(
    case_timers: CaseTimers, log: Iterable[Fact], policies: Policies, now: datetime, new_id: Callable[[], str]
) -> tuple[TimerChanges, OrderKey]:
    """The same, and which fact was the last to move a clock of the case; NEVER where none did."""
    facts = sorted({fact.fact_id: fact for fact in log}.values(), key=order_key)
    stored = {timer.key: timer for timer in case_timers.timers}
    applied, moved_at = _apply_all(facts, kept_policies(stored, policies), new_id, migrations(case_timers.timers))
    others = {key: timer for key, timer in stored.items() if timer.subject != "case"}
    result = FactApplication(
        dict(others), applied.waiting, applied.snapshots, new_id, exhausted=list(applied.exhausted)
    )
    for key, timer in applied.timers.items():
        old = stored.get(key)
        own = [event for event in applied.events if event.timer_id == timer.timer_id]
        result.keep(added(timer, own, now) if old is None else corrected(old, timer, own, now))
    for key, timer in stored.items():
        if timer.subject == "case" and key not in applied.timers:
            result.keep(undone(timer, now))
    latest = max(order_key(facts[-1]), case_timers.latest or order_key(facts[-1]))
    return _changes(case_timers, result, latest), moved_at


def _worked_out_anew(
    changes: TimerChanges,
    renewed: Mapping[TimerKey, Snapshot],
    log: Sequence[Fact] | None,
    policies: Policies,
    now: datetime,
    new_id: Callable[[], str],
) -> TimerChanges:
    """The changes, and these timers as if they had started with these policies."""
    if log is None:
        raise LateFact("a change of role that counts from the start")
    timers = {
        timer.key: fast_replace(timer, policy=renewed[timer.key], earlier=()) if timer.key in renewed else timer
        for timer in changes.case_timers.timers
    }
    told = rederive(fast_replace(changes.case_timers, timers=tuple(timers.values())), log, policies, now, new_id)
    after = {timer.key: timer for timer in told.case_timers.timers}
    changed = {timer.key: timer for timer in changes.changed} | {key: after[key] for key in renewed}
    ids = {after[key].timer_id for key in renewed}
    events = (one for one in told.events if one.timer_id in ids)
    worked_out = [fast_replace(one, detail=RETROACTIVE) if one.action == "corrected" else one for one in events]
    return TimerChanges(
        case_timers=fast_replace(changes.case_timers, timers=tuple({**timers, **changed}.values())),
        created=changes.created,
        changed=tuple(changed.values()),
        events=(*changes.events, *worked_out),
        due=tuple(row for timer in (*changes.created, *changed.values()) for row in pending(timer)),
        exhausted=changes.exhausted,
    )


def opened_with(case_timers: CaseTimers, snapshots: Snapshots, new_id: Callable[[], str]) -> FactApplication:
    """The clocks as they stand, for facts to be applied to them."""
    return FactApplication({timer.key: timer for timer in case_timers.timers}, case_timers.waiting, snapshots, new_id)


def kept_policies(stored: dict[TimerKey, Timer], policies: Policies) -> Snapshots:
    """The policy a stored timer started with; for a new one the policy in force.

    What begins here is no reopening: a cycle that was stored as one has the rule's target again.
    """
    return lambda key, target, role: (
        in_full(stored[key].first_policy) if key in stored else policies.snapshot(key[2], target, role)
    )


def _apply_all(
    facts: Sequence[Fact], snapshots: Snapshots, new_id: Callable[[], str], migrated: list[Migrated]
) -> tuple[FactApplication, OrderKey]:
    """The case's timers as if every fact had come in time, and which was the last to move one."""
    application = FactApplication({}, False, snapshots, new_id, migrated=migrated)
    moved_at = NEVER
    for fact in facts:
        timers, waiting = dict(application.timers), application.waiting
        apply_fact(application, fact, order_key(fact)[0])
        application.timers = {key: timer for key, timer in application.timers.items() if timer.subject == "case"}
        if (application.timers, application.waiting) != (timers, waiting):
            moved_at = order_key(fact)
    application.migrate()
    return application, moved_at


def _joined(
    changes: TimerChanges, fact: Fact, policies: Policies, now: datetime, new_id: Callable[[], str]
) -> TimerChanges:
    """What the late fact does besides: it is new to timers that are not the case's, and may be the progress of one."""
    case_timers = changes.case_timers
    application = opened_with(case_timers, kept_policies({}, policies), new_id)
    application.case_clocks = False
    apply_fact(application, fact, now)
    if isinstance(fact, ContactMade) and reached(fact):
        for timer in case_timers.timers:
            if timer.subject == "case" and timer.acknowledged_at and timer.acknowledged_at <= fact.occurred_at:
                application.keep(progress(timer))
    more = _changes(case_timers, application, case_timers.latest or order_key(fact))
    moved_on = {timer.timer_id for timer in more.changed}
    return TimerChanges(
        case_timers=fast_replace(more.case_timers, waiting=case_timers.waiting),
        created=changes.created + more.created,
        changed=changes.changed + more.changed,
        events=changes.events + more.events,
        due=tuple(row for row in changes.due if row.timer_id not in moved_on) + more.due,
        exhausted=changes.exhausted + more.exhausted,
    )


def _changes(case_timers: CaseTimers, application: FactApplication, latest: tuple[datetime, str]) -> TimerChanges:
    known = {timer.key: timer for timer in case_timers.timers}
    touched = [timer for timer in application.timers.values() if known.get(timer.key) is not timer]
    return TimerChanges(
        case_timers=CaseTimers(tuple(application.timers.values()), latest, application.waiting),
        created=tuple(timer for timer in touched if timer.key not in known),
        changed=tuple(timer for timer in touched if timer.key in known),
        events=tuple(application.events),
        due=tuple(row for timer in touched for row in application.due[timer.timer_id]),
        exhausted=tuple(application.exhausted),
    )
