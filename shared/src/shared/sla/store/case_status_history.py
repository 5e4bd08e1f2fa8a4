"""When a case was closed and opened again: kept for good, for the case itself knows only how it stands now."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import insert_all
from shared.db.schema import case_status_change
from shared.ids import new_id
from shared.sla.facts import CaseClosed, CaseReopened, Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """A case closed `by` somebody (None: the product) with an outcome, or reopened by an event.

    The ids of turns are in the order they were taken.
    """

    dealer_id: str
    case_id: str
    change_id: str
    action: Literal["closed", "reopened"]
    at: datetime
    by: str | None = None
    outcome: str | None = None
    event_id: str | None = None

    def fact(self, customer_id: str | None, owner: Owner) -> CaseClosed | CaseReopened:
        """What the clocks are told of it."""
        kind = CaseClosed if self.action == "closed" else CaseReopened
        return kind(
            fact_id=self.change_id,
            occurred_at=self.at,
            dealer_id=self.dealer_id,
            case_id=self.case_id,
            customer_id=customer_id,
            owner=owner,
        )


def case_closed(dealer_id: str, case_id: str, outcome: str, by: str | None, now: datetime) -> StatusChange:
    """The case is closed now."""
    return StatusChange(
        dealer_id=dealer_id, case_id=case_id, change_id=new_id(), action="closed", at=now, by=by, outcome=outcome
    )


def case_reopened(
    dealer_id: str, case_id: str, event_id: str, occurred_at: datetime, closed_at: datetime
) -> StatusChange:
    """The case is opened again by an event, which counts from the closing on where it happened before that."""
    at = max(occurred_at, closed_at)
    return StatusChange(
        dealer_id=dealer_id, case_id=case_id, change_id=new_id(), action="reopened", at=at, event_id=event_id
    )


async def store_status_changes(connection: AsyncConnection, changes: Iterable[StatusChange]) -> None:
    """Append them; before the clocks are told of them, or after."""
    await insert_all(connection, case_status_change, [asdict(change) for change in changes])
