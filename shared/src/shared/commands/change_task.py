"""The one store that changes tasks: a person's actions, what time causes, what the closing of a case ends."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Final

from sqlalchemy import cast, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.commands.create_task import NewTask, start_within
from shared.commands.record_contact import record_answer
from shared.db.schema import journey_case, task_source
from shared.lifecycle import (
    CUSTOMER_ANSWERED,
    SYSTEM,
    UNAUTHORISED,
    Actor,
    Change,
    Command,
    Context,
    Task,
    Unchanged,
    drop_declined,
    transition,
)
from shared.people.staff import record_assignment
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import Hop
from shared.process.telemetry import forced_completions_total
from shared.sla.store.gates import closed_gate
from shared.tasks.assignment import load_assignment, offer_named, offer_next
from shared.tasks.store import TaskNotFound, history, last_act, load_task, load_tasks, lock_task, update_tasks
from shared.tasks.unit_of_work import TaskChanges

__all__ = [
    "TaskNotFound",
    "act",
    "act_within",
    "call_off",
    "history",
    "load_task",
    "load_tasks",
    "lock_task",
    "resume_waits",
]

OWNER_DECISION: Final = "owner_decision"
_TAKING: Final = frozenset({"accepted", "completed"})


async def act(
    connection: AsyncConnection,
    playbook: Playbook,
    dealer_id: str,
    task_id: str,
    command: Command,
    actor: Actor,
    now: datetime,
) -> Task:
    """Carry a command out and answer the task as it then is; reassigned to a role, the task that takes its place.

    Takes the customer's lock. Raises TaskNotFound, Invalid, Refused.
    """
    task = await lock_task(connection, task_id)
    if task.dealer_id != dealer_id:
        raise TaskNotFound(task_id)
    changes = TaskChanges(connection, playbook, now)
    done = await act_within(changes, task, command, actor)
    await changes.publish()
    return done


async def act_within(changes: TaskChanges, task: Task, command: Command, actor: Actor) -> Task:
    """The same for a task that this transaction has locked, as part of a larger change, which publishes.

    Completing as `customer_answered` records the contact too. Raises Invalid, Refused.
    """
    result = transition(task, command, actor, await _context(changes, task, command), changes.now)
    if isinstance(result, Unchanged):
        return await _answer_again(changes.connection, task)
    return await _carry_out(changes, result, command)


async def call_off(
    connection: AsyncConnection, playbook: Playbook, dealer_id: str, task_id: str, reason: str, now: datetime
) -> Task:
    """Cancel a task that has nothing to reach any more, whoever has it. Raises Refused for one that has ended."""
    return await act(connection, playbook, dealer_id, task_id, Command(action="call_off", reason=reason), SYSTEM, now)


async def resume_waits(changes: TaskChanges, ended: Mapping[str, datetime]) -> int:
    """Resume the tasks (by id) that wait until the instant given for each, or an earlier one; answers how many.

    A task that waits longer by now, or not any more, stays as it is. The caller holds the customers' locks, and
    publishes.
    """
    tasks = await load_tasks(changes.connection, list(ended))
    due = [task for task in tasks.values() if _waits_until(task, ended[task.task_id])]
    for task in due:
        await act_within(changes, task, Command(action="resume_due"), SYSTEM)
    return len(due)


def _waits_until(task: Task, at: datetime) -> bool:
    return task.status == "waiting" and task.waiting_until is not None and task.waiting_until <= at


async def _context(changes: TaskChanges, task: Task, command: Command) -> Context:
    assignment = await load_assignment(changes, task.dealer_id, task.case_id)
    receiver = None
    if command.to_staff_id is not None:
        receiver = (await changes.directory(task.dealer_id)).receiver(command.to_staff_id)
    gate = await closed_gate(changes.connection, task) if command.action == "complete" else None
    return Context(assignment.owner, await last_act(changes.connection, task.task_id), receiver, gate)


async def _answer_again(connection: AsyncConnection, task: Task) -> Task:
    successor = task.chain.get("reassigned_to")
    return await load_task(connection, successor) if successor else task


async def _carry_out(changes: TaskChanges, change: Change, command: Command) -> Task:
    # the directory counts what people hold, so it has to be read before the change
    directory = await changes.directory(change.task.dealer_id)
    task = await changes.store(change)
    if change.action in _TAKING and change.by in directory.colleagues:
        await record_assignment(changes.connection, task.dealer_id, str(change.by), changes.now)
    if change.reason == UNAUTHORISED:
        forced_completions_total.inc()
    if change.action == "completed" and task.outcome == CUSTOMER_ANSWERED:
        await record_answer(changes, change)
    match change.follow:
        case "offer_next":
            return await offer_next(changes, task)
        case "offer_named":
            return await offer_named(changes, task, str(command.to_staff_id))
        case "drop":
            return await changes.store(drop_declined(task, changes.now))
        case "other_role":
            return await _hand_to_role(changes, change.before, task, str(command.to_role))
        case None:
            return task


async def _hand_to_role(changes: TaskChanges, before: Task, given: Task, to_role: str) -> Task:
    """Remember that the role gave the matter back and start the task anew for the other role."""
    await _remember_hop(changes.connection, before, to_role)
    taken = select(task_source.c.event_id, task_source.c.entry).where(task_source.c.task_id == before.task_id)
    sources = tuple((row.event_id, row.entry) for row in await changes.connection.execute(taken))
    started = await start_within(changes, successor_of(before, to_role, sources))
    left = replace(given, chain={**given.chain, "reassigned_to": started.task.task_id})
    await update_tasks(changes.connection, [left])
    return started.task


def successor_of(task: Task, to_role: str, sources: tuple[tuple[str, str], ...] = ()) -> NewTask:
    """The task that takes the place of one given to another role; its giver is the role that gave it up."""
    givers = [*task.chain.get("givers", ()), task.from_role]
    return NewTask(
        dealer_id=task.dealer_id,
        customer_id=task.customer_id,
        case_id=task.case_id,
        event_id=task.event_id,
        entry=task.entry,
        mirrors=task.mirrors,
        kind=task.kind,
        mode="hand_over" if task.mode == OWNER_DECISION else task.mode,
        matter=task.matter,
        priority=task.priority,
        from_role=task.to_role,
        to_role=to_role,
        why=task.why,
        packet=task.packet,
        manual=task.manual,
        chain={"givers": givers},
        reassigned_from=task.task_id,
        sources=sources,
    )


async def _remember_hop(connection: AsyncConnection, task: Task, to_role: str) -> None:
    if task.case_id is None:
        return
    hop = asdict(Hop(task.matter, task.to_role, task.task_id, to_role))
    of_case = (journey_case.c.dealer_id == task.dealer_id) & (journey_case.c.case_id == task.case_id)
    returned_matters = journey_case.c.returned_matters.op("||")(cast([hop], JSONB))
    await connection.execute(update(journey_case).where(of_case).values(returned_matters=returned_matters))
