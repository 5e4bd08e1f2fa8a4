"""What follows from people's work: an acceptance goes on along the chain and may move the customer, a completion
leaves somebody to tell the customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.routing.batch_context import load_batch_context
from handoff_worker.routing.create_tasks import TaskSource, start_tasks
from handoff_worker.routing.store import append_chain
from shared.cases.journey_events import load_events, read_event, with_delivery_day
from shared.cases.playbook_view import load_case_views, load_delivery_days
from shared.cases.store import load_case
from shared.commands.change_case_owner import move_owner
from shared.commands.create_task import NewTask, start
from shared.db.schema import task_event
from shared.lifecycle import CLOSE_LOOP, Task
from shared.messaging.bus import Record
from shared.playbook.routing.case_owner import Owner, moves_owner, must_close_loop
from shared.playbook.routing.handoff_chain import continues_chain
from shared.playbook.routing.router import route_chain
from shared.playbook.routing.situation import situation_in_chain
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import AcceptedTask
from shared.tasks.playbook_view import accepted_task
from shared.tasks.store import load_task
from shared.tasks.unit_of_work import TaskChanges

ACCEPTED: Final = "handoff.task.accepted.v1"
COMPLETED: Final = "handoff.task.completed.v1"
CLOSE_LOOP_MODE: Final = "close_the_loop"


@dataclass(frozen=True, slots=True)
class TaskChange:
    """A change of a task as its record tells it: the role and the person who acted, the version it left."""

    task_id: str
    to_role: str
    by: str | None
    outcome: str | None
    version: int


def read_change(data: Mapping[str, Any]) -> TaskChange:
    """What the data of a task's record tells."""
    task, change = data["task"], data["change"]
    return TaskChange(task["task_id"], task["to_role"], change["by"], task.get("outcome"), task["version"])


async def handle_task_change(connection: AsyncConnection, playbook: Playbook, record: Record, now: datetime) -> None:
    """Draw the consequences of one change. The caller holds the lock of the record's key."""
    task_change = read_change(record.data)
    task = await load_task(connection, task_change.task_id)
    if record.type == ACCEPTED:
        await _follow_acceptance(connection, playbook, task, task_change, now)
    else:
        await _close_loop(connection, playbook, task, task_change, now)


async def _follow_acceptance(
    connection: AsyncConnection, playbook: Playbook, task: Task, task_change: TaskChange, now: datetime
) -> None:
    if task.case_id is None:
        return
    if task.customer_id is not None and moves_owner(playbook, task.entry, task.kind, task_change.to_role):
        await move_owner(connection, task.dealer_id, task.case_id, Owner(task_change.to_role, task_change.by), now)
    accepted = accepted_task(task, task_change.to_role)
    if continues_chain(playbook, accepted) and not await _accepted_before(connection, task_change):
        await _go_on(connection, playbook, task, accepted, now)


async def _go_on(
    connection: AsyncConnection, playbook: Playbook, task: Task, accepted: AcceptedTask, now: datetime
) -> None:
    """Route the event that caused the task again, for the role that accepted it."""
    stored = (await load_events(connection, [task.event_id or ""])).get(task.event_id or "")
    case = await load_case(connection, task.dealer_id, task.case_id or "")
    if stored is None or case is None or not stored.live:
        return
    context = await load_batch_context(connection, playbook, [stored], now)
    view = (await load_case_views(connection, [case]))[case.key]
    read = read_event(stored)
    event = with_delivery_day(read, await load_delivery_days(connection, [(stored.dealer_id, read.vehicle.vin)]))
    customer, dealer = context.customer(stored), context.dealers[stored.dealer_id]
    answer = route_chain(event, view, customer, dealer, playbook, accepted)
    source = TaskSource(
        dealer_id=task.dealer_id,
        customer_id=task.customer_id,
        case_id=case.case_id,
        event_id=stored.event_id,
        situation=situation_in_chain(playbook, event, view, customer, dealer, accepted),
        givers=(*accepted.earlier_givers, accepted.giver),
        owner_person=case.owner.staff_id if case.owner else None,
    )
    changes = TaskChanges(connection, playbook, now, context.rows)
    decisions = await start_tasks(changes, source, answer)
    await changes.publish()
    await append_chain(connection, stored, case.case_id, answer, decisions, now)


async def _accepted_before(connection: AsyncConnection, task_change: TaskChange) -> bool:
    """Whether the task was accepted already before this change."""
    earlier = exists().where(
        task_event.c.task_id == task_change.task_id,
        task_event.c.action == "accepted",
        task_event.c.version < task_change.version,
    )
    return bool(await connection.scalar(select(earlier)))


async def _close_loop(
    connection: AsyncConnection, playbook: Playbook, task: Task, task_change: TaskChange, now: datetime
) -> None:
    """Remind the customer owner to tell the customer what another role has done."""
    case = await load_case(connection, task.dealer_id, task.case_id) if task.case_id else None
    owner = case.owner if case is not None and case.is_open else None
    if owner is None or not must_close_loop(task.kind, task.mode, task_change.to_role, owner.role, task_change.outcome):
        return
    new = NewTask(
        dealer_id=task.dealer_id,
        customer_id=task.customer_id,
        case_id=task.case_id,
        event_id=None,
        entry=CLOSE_LOOP,
        kind="reminder",
        mode=CLOSE_LOOP_MODE,
        matter=task.matter,
        from_role=task_change.to_role,
        to_role=owner.role,
        priority=task.priority,
        why={"occurrence": task.why.get("occurrence"), "conditions": [], "source": None},
        packet=task.packet,
        prefer_staff=owner.staff_id,
    )
    await start(connection, playbook, new, now)
