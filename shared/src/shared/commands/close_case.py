"""Closing a case: by the people who may, or by itself after nothing happened for long enough."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.errors import CaseNotFound, CaseRefused
from shared.cases.store import Case, case_of, load_case, save_cases
from shared.commands.change_case_owner import clock_owner
from shared.commands.change_task import act_within
from shared.db.engine import lock_keys, record_key
from shared.db.schema import dealer, journey_case, sla_timer, task
from shared.lifecycle import SYSTEM, Actor, Command, Task, is_customer_owner
from shared.people.staff import Directory
from shared.playbook.ruleset.dealer_settings import override_tables
from shared.playbook.ruleset.entries import Playbook
from shared.sla.store.case_status_history import closing, store_turns
from shared.tasks.store import task_of
from shared.tasks.unit_of_work import TaskChanges
from shared.vocabulary import OPEN_STATUSES

IDLE_OUTCOME: Final = "other"
OVERSEER: Final = "client_experience_manager"
_BATCH: Final = 100


def may_close(case: Case, person: Actor, task_roles: frozenset[str]) -> bool:
    """Whether the person may close the case: customer owner, role lead, client experience manager.

    A case without an owner has the leads of the roles that work it.
    """
    if OVERSEER in person.roles or is_customer_owner(case.owner, person):
        return True
    return not person.leads.isdisjoint({case.owner.role} if case.owner else task_roles)


async def close(
    connection: AsyncConnection,
    dealer_id: str,
    case_id: str,
    outcome: str,
    by: str,
    now: datetime,
    people: Directory | None = None,
) -> Case:
    """Close the case by the hand of `by`; its open interacts close with it, its clocks stop or are cancelled.

    Delivers and reminders stay with whoever works them. Closing again with the same outcome changes nothing. The
    caller holds the customer's lock. `people`: the dealer's, where the caller has loaded them. Raises CaseNotFound and
    CaseRefused.
    """
    case = await load_case(connection, dealer_id, case_id)
    if case is None:
        raise CaseNotFound(case_id)
    changes = TaskChanges(connection, now, directories=[people] if people else ())
    person = (await changes.directory(dealer_id)).actor(by) or Actor(by)
    if not may_close(case, person, await _task_roles(connection, case)):
        raise CaseRefused("not_yours", f"case {case_id} is closed by its customer owner, a role lead or the {OVERSEER}")
    if not case.is_open:
        if case.outcome == outcome:
            return case
        raise CaseRefused("bad_state", f"case {case_id} is closed with the outcome {case.outcome}")
    closed = await _close(changes, case, outcome, by)
    await changes.publish()
    return closed


async def close_idle(connection: AsyncConnection, playbook: Playbook, dealer_id: str, now: datetime) -> int:
    """Close the dealer's cases where nothing has happened for its `case_idle_days`; answers how many.

    A case with an open deliver or a running customer clock is not idle. Takes the customers' locks.
    """
    record = await connection.scalar(select(dealer.c.record).where(dealer.c.dealer_id == dealer_id))
    if record is None:
        return 0
    days = override_tables(playbook.rulings.tables, record.get("tables") or {}).case_idle_days
    idle = _idle(dealer_id, now - timedelta(days=days)).limit(_BATCH)
    found = [case_of(row) for row in (await connection.execute(idle)).mappings()]
    await lock_keys(connection, [record_key(dealer_id, case.customer_id) for case in found])
    still = _idle(dealer_id, now - timedelta(days=days)).where(
        journey_case.c.case_id.in_([case.case_id for case in found])
    )
    cases = [case_of(row) for row in (await connection.execute(still)).mappings()]
    changes = TaskChanges(connection, now)
    for case in cases:
        await _close(changes, case, IDLE_OUTCOME, None)
    await changes.publish()
    return len(cases)


async def _close(changes: TaskChanges, case: Case, outcome: str, by: str | None) -> Case:
    connection, now = changes.connection, changes.now
    closed = replace(case, status="closed", closed_at=now, outcome=outcome, last_activity_at=now)
    (stored,) = await save_cases(connection, [closed])
    turn = closing(case.dealer_id, case.case_id, outcome, by, now)
    await store_turns(connection, [turn])
    await changes.clocks.tell([turn.fact(case.customer_id, clock_owner(case))])
    for interact in await _lock_open_interacts(connection, case):
        await act_within(changes, interact, Command(action="close"), SYSTEM)
    return stored


def _idle(dealer_id: str, before: datetime) -> Select[tuple[object, ...]]:
    columns = journey_case.c
    delivers = exists().where(
        task.c.dealer_id == columns.dealer_id,
        task.c.case_id == columns.case_id,
        task.c.kind == "deliver",
        task.c.status.in_(OPEN_STATUSES),
    )
    clocks = exists().where(
        sla_timer.c.dealer_id == columns.dealer_id,
        sla_timer.c.case_id == columns.case_id,
        sla_timer.c.subject.in_(("case", "promise")),
        sla_timer.c.state == "running",
    )
    return (
        select(journey_case)
        .where(columns.dealer_id == dealer_id, columns.status == "open", columns.last_activity_at <= before)
        .where(~delivers, ~clocks)
        .order_by(columns.last_activity_at)
    )


async def _task_roles(connection: AsyncConnection, case: Case) -> frozenset[str]:
    query = select(task.c.to_role).distinct().where(task.c.dealer_id == case.dealer_id, task.c.case_id == case.case_id)
    return frozenset(await connection.scalars(query))


async def _lock_open_interacts(connection: AsyncConnection, case: Case) -> list[Task]:
    query = select(task).where(
        task.c.dealer_id == case.dealer_id,
        task.c.case_id == case.case_id,
        task.c.kind == "interact",
        task.c.status.in_(OPEN_STATUSES),
    )
    rows = await connection.execute(query.order_by(task.c.created_at, task.c.task_id).with_for_update())
    return [task_of(row) for row in rows.mappings()]
