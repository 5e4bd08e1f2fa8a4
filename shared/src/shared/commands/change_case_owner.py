"""Who answers to the customer for a case, and handing that on."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.errors import CaseNotFound
from shared.cases.store import Case, load_case, save_cases
from shared.commands.change_promise import renew_owners_of_case
from shared.db.schema import case_owner_change
from shared.ids import new_id
from shared.messaging.moments_due import Due, note_due
from shared.playbook.routing.case_owner import Owner
from shared.sla.facts import Owner as ClockOwner
from shared.sla.facts import OwnerMoved
from shared.sla.store import apply_facts


def clock_owner(case: Case) -> ClockOwner:
    """The customer owner as the case's clocks know it; nobody without a customer."""
    return ClockOwner(case.owner.role, case.owner.staff_id) if case.owner else ClockOwner()


async def move_owner(
    connection: AsyncConnection, dealer_id: str, case_id: str, owner: Owner, now: datetime, cause: str | None = None
) -> Case:
    """Make `owner` the customer owner; its clocks follow. The same owner again changes nothing.

    `cause` is the id of what moved it. Raises CaseNotFound.
    """
    case = await load_case(connection, dealer_id, case_id)
    if case is None:
        raise CaseNotFound(case_id)
    if case.owner == owner:
        return case
    (moved,) = await save_cases(connection, [replace(case, owner=owner, last_activity_at=now)])
    fact = OwnerMoved(
        fact_id=cause or new_id(),
        occurred_at=now,
        dealer_id=dealer_id,
        case_id=case_id,
        customer_id=case.customer_id,
        owner=clock_owner(moved),
    )
    await apply_facts(connection, [fact], now)
    await _keep_change(connection, case, owner, now)
    await renew_owners_of_case(connection, dealer_id, case_id, now)
    return moved


async def _keep_change(connection: AsyncConnection, case: Case, owner: Owner, now: datetime) -> None:
    before, change_id = clock_owner(case), new_id()
    row = {
        "dealer_id": case.dealer_id,
        "case_id": case.case_id,
        "change_id": change_id,
        "at": now,
        "from_role": before.role,
        "from_staff_id": before.staff_id,
        "to_role": owner.role,
        "to_staff_id": owner.staff_id,
    }
    await connection.execute(insert(case_owner_change).values(row))
    if case.customer_id is not None:
        named = {"dealer_id": case.dealer_id, "customer_id": case.customer_id, "case_id": case.case_id}
        await note_due(connection, [Due(**named, cause_kind="owner", cause_id=change_id)])
