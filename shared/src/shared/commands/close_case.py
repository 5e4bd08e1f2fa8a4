"""Closing a case: by the people who may, or by itself after nothing happened for long enough."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.errors import CaseNotFound, CaseRefused
from shared.cases.store import Case, load_case, load_cases, save_cases
from shared.commands.change_case_owner import clock_owner
from shared.commands.change_task import act_within
from shared.commands.idle_schedule import idle_at, load_idle_spans
from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import journey_case, sla_timer, task
from shared.ids import CaseKey
from shared.lifecycle import SYSTEM, Actor, Command, Task, is_customer_owner
from shared.messaging.moments_due import Due, note_due
from shared.people.staff import Directory
from shared.playbook.ruleset.entries import Playbook
from shared.sla.store.case_status_history import case_closed, store_status_changes
from shared.sla.store.due_subjects import DueSubject, schedule, unschedule
from shared.tasks.store import task_of
from shared.tasks.unit_of_work import TaskChanges
from shared.vocabulary import OPEN_STATUSES

IDLE_OUTCOME: Final = "other"
OVERSEER: Final = "client_experience_manager"
_CASES: Final = select(journey_case.c.dealer_id, journey_case.c.case_id)
_DELIVERS: Final = exists().where(
    task.c.dealer_id == journey_case.c.dealer_id,
    task.c.case_id == journey_case.c.case_id,
    task.c.kind == "deliver",
    task.c.status.in_(OPEN_STATUSES),
)
_CLOCKS: Final = exists().where(
    sla_timer.c.dealer_id == journey_case.c.dealer_id,
    sla_timer.c.case_id == journey_case.c.case_id,
    sla_timer.c.subject.in_(("case", "promise")),
    sla_timer.c.state == "running",
)
_BUSY: Final = _CASES.where(in_keys(journey_case.c.dealer_id, journey_case.c.case_id), or_(_DELIVERS, _CLOCKS))


def may_close(case: Case, person: Actor, task_roles: frozenset[str]) -> bool:
    """Whether the person may close the case: customer owner, role lead, client experience manager.

    A case without an owner has the leads of the roles that work it.
    """
    if OVERSEER in person.roles or is_customer_owner(case.owner, person):
        return True
    return not person.leads.isdisjoint({case.owner.role} if case.owner else task_roles)


async def close(
    connection: AsyncConnection,
    playbook: Playbook,
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
    changes = TaskChanges(connection, playbook, now, directories=[people] if people else ())
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


async def close_idle(changes: TaskChanges, wanted: Collection[CaseKey]) -> int:
    """Close those of these cases where nothing has happened for their dealer's `case_idle_days`; answers how many.

    A case with an open deliver or a running customer clock is not idle. Those that are not are scheduled to be looked
    at again. The caller holds the customers' locks, and publishes.
    """
    cases = [case for case in (await load_cases(changes.connection, wanted)).values() if case.is_open]
    busy = await _busy(changes.connection, [case.key for case in cases])
    spans = await load_idle_spans(changes.connection, changes.playbook, {case.dealer_id for case in cases})
    later: list[DueSubject] = []
    for case in cases:
        span, active = spans[case.dealer_id], case.last_activity_at or changes.now
        at = idle_at(active, span, changes.now, busy=case.key in busy)
        if at > changes.now:
            later.append(DueSubject("idle_case", case.dealer_id, case.case_id, at, case.customer_id))
        else:
            await _close(changes, case, IDLE_OUTCOME, None)
    await schedule(changes.connection, later, changes.now)
    return len(cases) - len(later)


async def _close(changes: TaskChanges, case: Case, outcome: str, by: str | None) -> Case:
    connection, now = changes.connection, changes.now
    closed = replace(case, status="closed", closed_at=now, outcome=outcome, last_activity_at=now)
    (stored,) = await save_cases(connection, [closed])
    change = case_closed(case.dealer_id, case.case_id, outcome, by, now)
    await store_status_changes(connection, [change])
    await changes.clocks.apply([change.fact(case.customer_id, clock_owner(case))])
    if case.customer_id is not None:
        named = {"dealer_id": case.dealer_id, "customer_id": case.customer_id, "case_id": case.case_id}
        await note_due(connection, [Due(**named, cause_kind="case", cause_id=case.case_id)])
    await unschedule(connection, "idle_case", [case.key])
    for interact in await _lock_open_interacts(connection, case):
        await act_within(changes, interact, Command(action="close"), SYSTEM)
    return stored


async def _busy(connection: AsyncConnection, cases: Collection[CaseKey]) -> set[CaseKey]:
    """Those of these cases with an open deliver or a running customer clock."""
    if not cases:
        return set()
    rows = await connection.execute(_BUSY, unnest_keys(cases))
    return {(row.dealer_id, row.case_id) for row in rows}


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
