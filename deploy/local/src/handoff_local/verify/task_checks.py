"""Tasks rebuilt: those that decisions and people's acts call for, no others, each in its class, its history whole."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from handoff_local.verify.case_history import AT_ODDS, CaseHistory, RoutedEvent, TaskStep
from handoff_local.verify.decisions import Claim, Claims
from handoff_local.verify.findings import Verdict
from shared.lifecycle import CLOSE_LOOP, MESSAGE_TASKS, Task
from shared.playbook.routing.case_owner import first_owner, moves_owner, must_close_loop
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import class_key
from shared.sla.engine.spans import Span, spans_of
from shared.sla.policy.rules import load_rules
from shared.sla.triggers.case_triggers import CASE_RULES

_RECORDED: Final = ("entry", "kind", "mode", "matter", "from_role", "to_role")


def check_tasks(history: CaseHistory, playbook: Playbook, claims: Claims, verdict: Verdict) -> None:
    """Compare a case's tasks with what its decisions say of them."""
    steps = _by_task(history)
    for task_id, claim in claims.items():
        task = history.tasks.get(task_id)
        if task is None:
            verdict.report_difference("task", task_id, None, _wanted(claim))
        else:
            _check_claimed(history, task, claim, steps[task_id], verdict)
    for task_id, task in history.tasks.items():
        if task_id not in claims:
            _check_unclaimed(history, task, verdict)
        _check_history(task, steps[task_id], verdict)
    _check_loops(history, playbook, verdict)


def check_lone_tasks(history: CaseHistory, verdict: Verdict) -> None:
    """The same for tasks without a case, which only people start."""
    steps = _by_task(history)
    for task_id, task in history.tasks.items():
        _check_unclaimed(history, task, verdict)
        _check_history(task, steps[task_id], verdict)


def _by_task(history: CaseHistory) -> Mapping[str, list[TaskStep]]:
    steps: dict[str, list[TaskStep]] = defaultdict(list)
    for step in history.task_steps:
        steps[step.task_id].append(step)
    return steps


def _wanted(claim: Claim) -> dict[str, Any]:
    if claim.record is None:
        return {"entries": sorted(claim.entries)}
    return {name: getattr(claim.record, name) for name in _RECORDED}


def _check_claimed(history: CaseHistory, task: Task, claim: Claim, steps: list[TaskStep], verdict: Verdict) -> None:
    stored: dict[str, Any] = {name: getattr(task, name) for name in _RECORDED}
    rebuilt = dict(stored) if claim.record is None else _wanted(claim)
    named = task.named_person
    key = class_key(
        rebuilt["matter"],
        rebuilt["kind"],
        rebuilt["from_role"],
        rebuilt["to_role"],
        manual=task.manual,
        named_person=named,
    )
    later = _joined_later(history, task, steps)
    entries = claim.entries | (set(task.mirrors) & later)
    stored |= {"merge_key": task.merge_key, "mirrors": sorted(task.mirrors)}
    rebuilt |= {"merge_key": str(key), "mirrors": sorted(entries - {rebuilt["entry"], ""})}
    verdict.compare("task", task.task_id, stored, rebuilt)


def _joined_later(history: CaseHistory, task: Task, steps: list[TaskStep]) -> set[str]:
    """The entries that people brought to the task: started by hand, or given over by another role."""
    joined = {step.entry for step in steps if step.action == "updated" and step.entry}
    given = history.tasks.get(task.reassigned_from or "")
    return joined | ({given.entry, *given.mirrors} if given else set())


def _check_unclaimed(history: CaseHistory, task: Task, verdict: Verdict) -> None:
    """A task no decision calls for is a person's, another's successor, a reminder, or there from nothing."""
    if task.reassigned_from is not None:
        given = history.tasks.get(task.reassigned_from)
        named = given.chain.get("reassigned_to") if given else None
        verdict.compare("task", task.task_id, {"successor": task.task_id}, {"successor": named})
    elif task.started_by is not None:
        verdict.excuse("task", "started by hand")
    elif task.entry in MESSAGE_TASKS and task.kind == "reminder":
        verdict.excuse("task", "stands for a message")
    elif task.kind == "reminder" and task.entry in CASE_RULES:
        asked = any(_precedes(span, task) for span in spans_of(load_rules()[task.entry].when, history.facts))
        verdict.compare("task", task.task_id, {"asked for": True}, {"asked for": asked})
    elif task.kind == "reminder" and task.entry in load_rules():
        verdict.excuse("task", "a time rule reminds of it")
    elif task.entry != CLOSE_LOOP:
        verdict.report_difference("task", task.task_id, {name: getattr(task, name) for name in _RECORDED}, None)


def _precedes(span: Span, task: Task) -> bool:
    """Whether a reminder may come of a span: it had begun, and ended at the earliest with the making."""
    return span.began.occurred_at <= task.created_at and (
        span.ended is None or span.ended.occurred_at >= task.created_at - AT_ODDS
    )


def _check_history(task: Task, steps: list[TaskStep], verdict: Verdict) -> None:
    """A row for the making, one for each version after; the first offer may share the version of the making.

    Where they lead is where the task is, and who took it last holds it.
    """
    steps = sorted(steps, key=lambda step: step.version)
    versions = [step.version for step in steps]
    first = [0, 1] if 1 in versions else [0]
    expected = {"versions": [*first, *range(2, task.version + 1)], "status": steps[-1].to_status if steps else None}
    stored = {"versions": versions, "status": task.status, "assignee_id": task.assignee_id}
    verdict.compare("task", task.task_id, stored, expected | {"assignee_id": _holder(steps)})


def _holder(steps: Iterable[TaskStep]) -> str | None:
    """Who took the task last, unless it went to somebody else afterwards; with its end it stays with whom it was."""
    holder = None
    for step in steps:
        if step.action in ("accepted", "acknowledged"):
            holder = step.by
        elif step.action == "reassigned" and step.to_status != "cancelled":
            holder = None
    return holder


def _check_loops(history: CaseHistory, playbook: Playbook, verdict: Verdict) -> None:
    """Each CLOSE-LOOP follows a completed deliver; each completion that leaves the customer untold has one."""
    reminders = [task for task in history.tasks.values() if task.entry == CLOSE_LOOP]
    done = [step for step in history.task_steps if step.action == "completed" and step.task_id in history.tasks]
    for task in reminders:
        calls = [step for step in done if _calls_for(history.tasks[step.task_id], task)]
        verdict.compare("task", task.task_id, {"follows a completion": True}, {"follows a completion": bool(calls)})
    for step in done:
        _check_unreachable_reminders(history, playbook, step, reminders, verdict)


def _calls_for(done: Task, reminder: Task) -> bool:
    pair = (done.matter, done.to_role)
    return done.kind == "deliver" and done.mode == "hand_over" and pair == (reminder.matter, reminder.from_role)


def _check_unreachable_reminders(
    history: CaseHistory, playbook: Playbook, step: TaskStep, reminders: list[Task], verdict: Verdict
) -> None:
    done = history.tasks[step.task_id]
    owners = _owners(history, playbook, step)
    calls = {must_close_loop(done.kind, done.mode, done.to_role, owner, step.outcome) for owner in owners}
    if calls == {False}:
        return
    if any(task.matter == done.matter for task in reminders):
        verdict.agree("task")
    elif history.closed_since(step.at):
        verdict.excuse("task", "the case may have been closed before its owner was to tell the customer")
    elif calls == {True, False} or (history.case.owner and history.case.owner.role not in owners):
        verdict.excuse("task", "the case changed hands about when the task was completed")
    else:
        verdict.report_difference(
            "task", f"{CLOSE_LOOP} of {done.task_id}", None, {"entry": CLOSE_LOOP, "to_role": owners[-1]}
        )


def _owners(history: CaseHistory, playbook: Playbook, since: TaskStep) -> list[str | None]:
    """The roles that owned the customer from a change of a task on, as events and acceptances tell."""
    steps = history.steps()
    first = next((step.event for step in steps if isinstance(step, RoutedEvent)), None)
    begun = first_owner(playbook, history.event(first)) if first else None
    owners = [begun.role if begun else None]
    for step in steps:
        task = history.tasks.get(step.task_id) if isinstance(step, TaskStep) else None
        if step is since:
            owners = owners[-1:]
        if task is None or not isinstance(step, TaskStep) or step.action != "accepted":
            continue
        if moves_owner(playbook, task.entry, task.kind, task.to_role):
            owners.append(task.to_role)
    return owners
