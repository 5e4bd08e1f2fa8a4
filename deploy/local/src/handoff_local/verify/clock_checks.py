"""Clocks rebuilt: each told again from the facts of its case, under the policy it started with."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from handoff_local.verify.case_history import AT_ODDS, CaseHistory
from handoff_local.verify.findings import BEING_HANDLED, Verdict
from shared.db.engine import record_key
from shared.sla.deadlines import pending, whole
from shared.sla.engine.apply_fact import apply_fact
from shared.sla.engine.case_timers import rederive
from shared.sla.engine.fact_application import FactApplication, TimerKey, migrations
from shared.sla.facts import CaseClosed, Fact, Owner, TaskChanged, order_key
from shared.sla.types import CaseTimers, Metric, Snapshot, Timer

_PUBLISHED = ("state", "started_at", "due_at", "consumed", "running_since", "stopped_at", "breached_at")


def check_clocks(history: CaseHistory, verdict: Verdict, now: datetime) -> None:
    """Compare the clocks of a case and its tasks, what is due of them, and when its tasks are due."""
    if history.facts:
        _check_case_clocks(history, verdict, now)
    for task_id, task in history.tasks.items():
        if task.kind == "deliver":
            _check_offers(history, task_id, task.offer.cycle, verdict)
    for timer in history.timers:
        _check_due_rows(history, timer, verdict, now)
        # those of promises and appointments are compared with their records
        if timer.subject == "task" and timer.subject_id not in history.tasks:
            verdict.report_difference("clock", timer.timer_id, _published(timer), None)
    _check_due_times(history, verdict)


def _check_case_clocks(history: CaseHistory, verdict: Verdict, now: datetime) -> None:
    stored = {timer.timer_id: timer for timer in history.timers if timer.subject == "case"}
    numbers = iter(range(len(history.facts) * 100))
    case_timers = CaseTimers(tuple(stored.values()))
    changes = rederive(case_timers, history.facts, history.dealership.policies, now, lambda: f"missing-{next(numbers)}")
    corrected = {event.timer_id for event in changes.events if event.action == "corrected"}
    after = {timer.timer_id: timer for timer in changes.changed}
    for timer in changes.created:
        verdict.report_difference("clock", f"{timer.rule} of {timer.subject_id}", None, _published(timer))
    for timer_id, timer in stored.items():
        if timer_id in corrected:
            verdict.report_difference("clock", timer_id, _published(timer), _published(after[timer_id]))
        else:
            verdict.agree("clock")


def _check_offers(history: CaseHistory, task_id: str, cycles: int, verdict: Verdict) -> None:
    """Each offer to a person other than the lead has its acceptance clock."""
    stored = {timer.cycle: timer for timer in history.timers if timer.subject == "task" and timer.task_id == task_id}
    shown = _apply_offers(history, task_id, {timer.started_fact for timer in stored.values()}, cycles)
    for cycle in sorted({*stored, *shown}):
        kept, rebuilt = stored.get(cycle), shown.get(cycle)
        identity = kept.timer_id if kept else f"acceptance {cycle} of {task_id}"
        if kept is None or rebuilt is None:
            verdict.report_difference("clock", identity, kept and _published(kept), rebuilt and _published(rebuilt))
        else:
            verdict.compare("clock", identity, _published(kept), _published(_ended_by_tick(kept, rebuilt)))


def _apply_offers(history: CaseHistory, task_id: str, begun: set[str | None], cycles: int) -> dict[int, Timer]:
    kept = {timer.key: timer.first_policy for timer in history.timers}

    def snapshot(key: TimerKey, target: Metric, role: str | None) -> Snapshot:
        return kept.get(key) or history.dealership.policies.snapshot(key[2], target, role)

    migrated = migrations(timer for timer in history.timers if timer.task_id == task_id)
    application = FactApplication({}, False, snapshot, lambda: "rebuilt", case_clocks=False, migrated=migrated)
    for fact in _facts_of(history.facts, task_id, begun, cycles):
        apply_fact(application, fact, fact.occurred_at)
    application.migrate()
    return {timer.cycle: timer for timer in application.timers.values()}


def _facts_of(facts: Sequence[Fact], task_id: str, begun: set[str | None], cycles: int) -> Iterable[Fact]:
    """What the clocks of a task hear, in the order of its versions; which offers were the lead's is told by the count.

    The history of a task does not say whom it was offered to as the last resort; its number of cycles does.
    """
    offers = [fact for fact in facts if isinstance(fact, TaskChanged) and _offers(fact, task_id)]
    to_leads = len(offers) - cycles
    unclocked = [fact.fact_id for fact in offers if fact.fact_id not in begun]
    leads = set(unclocked[len(unclocked) - to_leads :] if to_leads > 0 else ())
    for fact in sorted(facts, key=_task_order):
        if not isinstance(fact, TaskChanged):
            yield fact
        elif fact.task_id == task_id:
            # an offer is always to somebody; whom, the history of a task does not say
            owner = Owner(fact.owner.role, fact.owner.staff_id or "somebody")
            yield replace(fact, owner=owner, to_lead=fact.fact_id in leads)


def _offers(fact: TaskChanged, task_id: str) -> bool:
    return fact.task_id == task_id and fact.transition == "offered"


def _task_order(fact: Fact) -> tuple[datetime, int, str]:
    """The versions of a task as numbers; of what else happened at that instant only the closing comes after them."""
    if isinstance(fact, TaskChanged):
        return fact.occurred_at, int(fact.fact_id.rpartition(":")[2]), fact.fact_id
    return fact.occurred_at, sys.maxsize if isinstance(fact, CaseClosed) else -1, order_key(fact)[1]


def _ended_by_tick(stored: Timer, rebuilt: Timer) -> Timer:
    """The rebuilt clock where the stored one was ended by its own breach, which no fact tells of: at or after it."""
    fired = stored.state == "cancelled" and stored.breached_at is not None and "breach" in stored.fired
    if not fired or stored.stopped_at is None or stored.stopped_at < stored.due_at:
        return rebuilt
    # who accepts at about that instant may note an earlier one, and yet come second
    if rebuilt.stopped_at is not None and rebuilt.stopped_at < stored.stopped_at - AT_ODDS:
        return rebuilt
    ended = {name: getattr(stored, name) for name in ("state", "consumed", "running_since", "stopped_at")}
    return replace(rebuilt, breached_at=rebuilt.due_at, **ended)


def _check_due_rows(history: CaseHistory, timer: Timer, verdict: Verdict, now: datetime) -> None:
    """What fires next is on the list: never too early, and what lies ahead not too late. What comes later may be."""
    coming = {(row.threshold, row.revision): row.fire_at for row in pending(timer)}
    wanted = dict(list(coming.items())[:1])
    listed = {(row.threshold, row.revision): row.fire_at for row in history.due.get(timer.timer_id, frozenset())}
    late = [key for key in coming.keys() & listed.keys() if not _is_kept(coming[key], listed[key], now)]
    if wanted.keys() <= listed.keys() <= coming.keys() and not late:
        verdict.agree("due time")
    else:
        verdict.report_difference("due time", timer.timer_id, _rows(listed), _rows(wanted))


def _is_kept(wanted: datetime, listed: datetime, now: datetime) -> bool:
    # what was past when it was written is listed as due at that instant
    return listed == wanted or (listed > wanted and wanted <= now)


def _rows(rows: dict[tuple[str, int], datetime]) -> dict[str, datetime]:
    return {threshold: at for (threshold, _), at in sorted(rows.items())}


def _check_due_times(history: CaseHistory, verdict: Verdict) -> None:
    """A task is due with the earliest of its own running clocks and its case's.

    One whose clock ended by its breach is due as before until the worker has answered.
    """
    running = [one for one in history.timers if one.state == "running" and one.subject in ("case", "task")]
    for task_id, task in history.tasks.items():
        if record_key(task.dealer_id, task.customer_id) in history.awaited:
            verdict.excuse("due time", BEING_HANDLED)
            continue
        own = [timer.due_at for timer in running if timer.task_id == task_id or _of_case(timer, task.case_id)]
        verdict.compare("due time", task_id, task.due_at, min(own, default=None))


def _of_case(timer: Timer, case_id: str | None) -> bool:
    return case_id is not None and timer.case_id == case_id and timer.task_id is None


def _published(timer: Timer) -> dict[str, Any]:
    shown = {name: getattr(timer, name) for name in _PUBLISHED}
    if timer.state == "running" and timer.breached_at is not None:
        shown["breached_at"] = whole(timer.breached_at)
    return {"rule": timer.rule} | {name: value for name, value in shown.items() if value is not None}
