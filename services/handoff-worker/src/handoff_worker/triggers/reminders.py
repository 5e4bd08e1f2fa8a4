"""Reminders of time rules: tasks of kind reminder whose entry is the rule, to the role that it names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.triggers.trigger_handler import TriggerContext
from shared.cases.store import newest_open_case
from shared.commands.create_task import NewTask, start_within
from shared.db.schema import task
from shared.sla.policy.rules import load_rules
from shared.tasks.unit_of_work import TaskChanges

MODE: Final = "remind"


@dataclass(frozen=True, slots=True)
class Reminder:
    """Somebody of `role` is reminded by a rule, of a customer or of none; `packet`: what goes with the task.

    `since`: when what it is about came; a reminder of the rule, role and customer made after it is this one.
    """

    dealer_id: str
    rule: str
    role: str
    customer_id: str | None = None
    packet: Mapping[str, Any] = field(default_factory=dict)
    since: datetime | None = None


async def remind(context: TriggerContext, reminders: Sequence[Reminder]) -> None:
    """Make these reminders, each on the customer's newest open case; one that is open already stays the only one.

    One that was made before, and completed meanwhile, is not made again.

    The caller holds the locks of the customers, else of the dealers.
    """
    if not reminders:
        return
    connection = context.connection
    changes = TaskChanges(connection, context.playbook, context.now)
    for one in reminders:
        if not await _was_made(connection, one):
            await start_within(changes, await _task(connection, one))
    await changes.publish()


async def _was_made(connection: AsyncConnection, one: Reminder) -> bool:
    if one.since is None:
        return False
    columns = task.c
    made = exists().where(
        columns.dealer_id == one.dealer_id,
        columns.customer_id.is_not_distinct_from(one.customer_id),
        columns.entry == one.rule,
        columns.to_role == one.role,
        columns.created_at >= one.since,
    )
    return bool(await connection.scalar(select(made)))


async def _task(connection: AsyncConnection, one: Reminder) -> NewTask:
    found = await newest_open_case(connection, one.dealer_id, one.customer_id) if one.customer_id else None
    return NewTask(
        dealer_id=one.dealer_id,
        customer_id=one.customer_id,
        case_id=found.case_id if found else None,
        event_id=None,
        entry=one.rule,
        kind="reminder",
        mode=MODE,
        matter=one.rule,
        from_role=one.role,
        to_role=one.role,
        why={"occurrence": None, "conditions": [], "source": load_rules()[one.rule].source},
        packet={"topics": [], "facts": {}, **one.packet},
        prefer_staff=found.owner.staff_id if found and found.owner else None,
    )
