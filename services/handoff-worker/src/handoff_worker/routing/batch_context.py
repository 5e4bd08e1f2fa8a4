"""What a batch of events needs besides their cases, loaded once for all of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.journey_events import StoredEvent
from shared.ids import CustomerKey
from shared.people.customers import begin_profiles, load_profiles
from shared.people.dealers import DealerRows, load_dealers, view_dealers
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import CustomerView, DealerView
from shared.sla.policy.policy import Policies


@dataclass(frozen=True)
class BatchContext:
    """The playbook, the dealers and the customers' profiles as they stand for a batch."""

    playbook: Playbook
    rows: Mapping[str, DealerRows]
    dealers: Mapping[str, DealerView]
    customers: Mapping[CustomerKey, CustomerView]

    @property
    def policies(self) -> Mapping[str, Policies]:
        """The clocks of the dealers."""
        return {name: rows.policies for name, rows in self.rows.items()}

    def customer(self, event: StoredEvent) -> CustomerView | None:
        """The profile of the event's customer, None without one."""
        return self.customers.get((event.dealer_id, event.customer_id)) if event.customer_id else None

    def knows(self, dealer_id: str, staff_id: str | None) -> bool:
        """Whether the person is of the dealer's staff; nobody is known."""
        return staff_id is None or any(staff_id == known for known, _, _ in self.rows[dealer_id].staff)


async def load_batch_context(
    connection: AsyncConnection, playbook: Playbook, events: Iterable[StoredEvent], now: datetime
) -> BatchContext:
    """Begin the profiles of unknown customers and load all that the batch refers to. Raises LookupError."""
    seen = list(events)
    keys = {(event.dealer_id, event.customer_id) for event in seen if event.customer_id}
    await begin_profiles(connection, keys, now)
    rows = await load_dealers(connection, {event.dealer_id for event in seen}) if seen else {}
    return BatchContext(playbook, rows, view_dealers(rows, now), await load_profiles(connection, keys))
