"""Who answers to the customer for a case, and handing that on."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.errors import CaseNotFound
from shared.cases.store import Case, load_case, save_cases
from shared.ids import new_id
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
    return moved
