"""What one fact does to the clocks of a case: pass 1 creates, pass 2 moves what already lived."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from shared.calendar.business_time import biz
from shared.calendar.durations import Duration
from shared.sla.engine import timer as machine
from shared.sla.engine.due_actions import progress
from shared.sla.engine.fact_application import FactApplication
from shared.sla.fact_view import KEPT, View, ViewKey, holds, reached, view_of
from shared.sla.facts import CaseReopened, ContactMade, EventSeen, Fact, OwnerMoved, TaskChanged, order_key
from shared.sla.policy.rules import FIRST_RESPONSE, Conditions, Rule, conditions_of, load_rules
from shared.sla.types import Identity, Metric, Snapshot, Subject, Timer

ACKNOWLEDGED_FOR = timedelta(minutes=10)
"""How long one acknowledgement covers whatever else is written in a conversation."""


def apply_fact(application: FactApplication, fact: Fact, now: datetime) -> None:
    """Pass 1 creates timers; pass 2 takes the first that is true: stop, reset and start, cancel, pause, resume."""
    if isinstance(fact, EventSeen) and not fact.live:
        return
    application.migrate(order_key(fact)[0])
    view = view_of(fact)
    lived = [timer for timer in application.timers.values() if timer.live and _concerns(application, timer, fact)]
    if isinstance(fact, CaseReopened) and application.case_clocks:
        _reopen(application, fact, now)
    else:
        _create(application, fact, view, now)
    for timer in lived:
        _move(application, timer, fact, view, now)
    if isinstance(fact, TaskChanged):
        application.waiting = "waiting" in view.get("delivers", ())


def conditions(timer: Timer) -> Conditions:
    """What moves a timer: the conditions of its rule; of `next_response` those of the target."""
    rule = load_rules().get(timer.rule)
    return conditions_of(timer.target) if rule is None or rule.target != timer.target else rule.when


def _concerns(application: FactApplication, timer: Timer, fact: Fact) -> bool:
    if timer.subject == "case":
        return application.case_clocks
    if timer.subject in ("promise", "appointment"):  # moved by what becomes of the record alone (timers 5.8)
        return False
    return timer.subject != "task" or not isinstance(fact, TaskChanged) or timer.subject_id == fact.task_id


def _create(application: FactApplication, fact: Fact, view: View, now: datetime) -> None:
    started = _started(frozenset(view.items()))
    for rule in started:
        if not rule.runs or rule.rule in FIRST_RESPONSE or rule.target is None:
            continue
        subject, subject_id = _subject(fact, rule.target)
        if subject == "case" and not application.case_clocks:
            continue
        if rule.target == "acknowledgement" and _is_covered(application, fact):
            continue
        if subject_id is not None and not any(old.live for old in application.cycles(subject, subject_id, rule.rule)):
            _begin(application, rule.rule, rule.target, fact, now)
    if fact.case_id is not None and application.case_clocks:
        _create_response(application, fact, view, started, now)


def _is_covered(application: FactApplication, fact: Fact) -> bool:
    """Whether the last acknowledgement of the case covers what is written now.

    It does for ACKNOWLEDGED_FOR, and as long as the first answer it promised is still owed.
    """
    done = [one for one in application.timers.values() if one.target == "acknowledgement" and one.state == "completed"]
    if not done:
        return False
    if any(one.live for one in application.timers.values() if one.target == "first_response"):
        return True
    last = max(one.stopped_at for one in done if one.stopped_at is not None)
    return fact.occurred_at - last < ACKNOWLEDGED_FOR


def _create_response(
    application: FactApplication, fact: Fact, view: View, started: Iterable[Rule], now: datetime
) -> None:
    """The first answer is timed once, by the first rule that fits; each later wait is a cycle with its policy."""
    timers = [timer for timer in application.timers.values() if timer.target in ("first_response", "next_response")]
    first = next((timer for timer in timers if timer.target == "first_response"), None)
    if first is None:
        fitting = next((rule.rule for rule in started if rule.rule in FIRST_RESPONSE), None)
        if fitting is not None:
            _begin(application, fitting, "first_response", fact, now)
    elif not any(timer.live for timer in timers) and _starts(conditions_of("next_response"), view):
        _begin(application, first.rule, "next_response", fact, now, first.policy)


@lru_cache(maxsize=KEPT)
def _started(said: ViewKey) -> tuple[Rule, ...]:
    """The rules that a fact which says this starts, in order."""
    view = dict(said)
    return tuple(rule for rule in load_rules().values() if _starts(rule.when, view))


def _starts(when: Conditions, view: View) -> bool:
    return holds(when.start, view) and not holds(when.stop, view) and not holds(when.cancel, view)


def _subject(fact: Fact, target: Metric) -> tuple[Subject, str | None]:
    if target != "acceptance":
        return "case", fact.case_id
    return "task", fact.task_id if isinstance(fact, TaskChanged) else None


def _begin(
    application: FactApplication, rule: str, target: Metric, fact: Fact, now: datetime, policy: Snapshot | None = None
) -> None:
    subject, subject_id = _subject(fact, target)
    if subject_id is None:
        return
    cycle = max((timer.cycle for timer in application.cycles(subject, subject_id, rule)), default=0) + 1
    identity = Identity(
        timer_id=application.new_id(),
        dealer_id=fact.dealer_id,
        customer_id=fact.customer_id,
        case_id=fact.case_id,
        task_id=subject_id if subject == "task" else None,
        rule=rule,
        target=target,
        subject=subject,
        subject_id=subject_id,
        cycle=cycle,
    )
    chosen = policy or application.snapshots((subject, subject_id, rule, cycle), target, fact.owner.role)
    paused = target == "resolution" and application.waiting
    with application.within_hours(rule):
        application.keep(
            machine.start(
                identity, chosen, at=fact.occurred_at, now=now, owner=fact.owner, paused=paused, cause=fact.fact_id
            )
        )


def _move(application: FactApplication, timer: Timer, fact: Fact, view: View, now: datetime) -> None:
    when, at, cause = conditions(timer), order_key(fact)[0], fact.fact_id
    if holds(when.stop, view):
        application.keep(machine.stop(timer, at, cause))
    elif holds(when.reset, view) and holds(when.start, view):
        application.keep(machine.cancel(timer, at, cause))
        _begin(application, timer.rule, timer.target, fact, now)
    elif holds(when.cancel, view):
        application.keep(machine.cancel(timer, at, cause))
    elif timer.state == "running" and holds(when.pause, view):
        application.keep(machine.pause(timer, at, cause))
    elif timer.state == "paused" and holds(when.resume, view):
        with application.within_hours(timer.rule):
            application.keep(machine.resume(timer, at, cause))
    elif isinstance(fact, OwnerMoved) and timer.subject == "case":
        policy = application.restarts(timer, fact.owner)
        moved = machine.move_owner(timer, fact.owner, at, cause)
        application.keep(moved)
        if policy is not None:
            with application.within_hours(timer.rule):
                application.keep(machine.restart(moved.timer, policy, at, cause))
    elif isinstance(fact, ContactMade) and reached(fact) and timer.acknowledged_at is not None:
        application.keep(progress(timer))


def _reopen(application: FactApplication, fact: CaseReopened, now: datetime) -> None:
    """A new cycle for each resolution that was completed, with what is left of its budget."""
    rules = {timer.rule for timer in application.timers.values() if timer.target == "resolution"}
    for rule in sorted(rules):
        cycles = application.cycles("case", fact.case_id or "", rule)
        if cycles and cycles[-1].state == "completed":
            _begin(application, rule, "resolution", fact, now, _policy_left(cycles))


def _policy_left(cycles: Sequence[Timer]) -> Snapshot:
    """The last cycle's policy with what it left of its budget, a quarter of the rule's target at the least."""
    last = cycles[-1]
    whole = next((timer for timer in reversed(cycles) if timer.policy.full is None), cycles[0])
    left = max(_total(last) - last.consumed, _total(whole) / 4)
    target = Duration(time=left - timedelta(microseconds=left.microseconds))
    return replace(last.policy, target=target, full=last.policy.full or last.policy.target)


def _total(timer: Timer) -> timedelta:
    """The target in business time; of days: what lay between the start and the day first set, before any pause."""
    target = timer.policy.target
    if isinstance(target, Duration) and target.is_time:
        return target.time
    return biz(timer.policy.calendar, timer.started_at, max(timer.original_due_at, timer.started_at))
