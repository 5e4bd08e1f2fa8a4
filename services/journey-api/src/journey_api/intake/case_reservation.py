"""Whether an event may have the case it names, decided when the event is accepted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from shared.cases.store import Case

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
