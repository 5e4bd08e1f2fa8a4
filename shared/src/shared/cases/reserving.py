"""Reserving a case that an event names, in the transaction that accepts the event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.rows import Case, CaseKey, load_cases
from shared.tables import journey_case

REOPENS_WITHIN: Final = timedelta(days=30)
"""How long after its closing an event that names a case opens it again."""

Refusal = Literal["other_customer", "closed"]
"""`other_customer`: the case is another customer's, or one side has none; `closed`: for over 30 days."""


@dataclass(frozen=True, slots=True)
class Naming:
    """A live event names a case. `customer_id` None: the event has no customer."""

    dealer_id: str
    case_id: str
    customer_id: str | None


def refusal(naming: Naming, case: Case, now: datetime) -> Refusal | None:
    """Why the event may not have this case, if it may not."""
    if case.customer_id != naming.customer_id:
        return "other_customer"
    if case.closed_at is not None and now - case.closed_at > REOPENS_WITHIN:
        return "closed"
    return None


async def reserve(connection: AsyncConnection, namings: Sequence[Naming], now: datetime) -> list[Refusal | None]:
    """Reserve the named cases for their customers; answers in order why each is refused, None where it is not.

    The caller rolls back what was refused. Of two events that name one new case, the first in order has it. Events of
    `intent: history` reserve nothing and are not passed here.
    """
    if not namings:
        return []
    first: dict[CaseKey, Naming] = {}
    for naming in namings:
        first.setdefault((naming.dealer_id, naming.case_id), naming)
    rows = [
        {"dealer_id": dealer_id, "case_id": case_id, "customer_id": first[dealer_id, case_id].customer_id}
        for dealer_id, case_id in sorted(first)
    ]
    await connection.execute(
        insert(journey_case).values([row | {"status": "reserved"} for row in rows]).on_conflict_do_nothing()
    )
    cases = await load_cases(connection, first.keys())
    return [refusal(naming, cases[naming.dealer_id, naming.case_id], now) for naming in namings]
