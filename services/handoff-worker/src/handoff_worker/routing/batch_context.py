"""What a batch of events needs besides their cases, loaded once for all of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.routing.known_customers import load_or_begin
from handoff_worker.triggers.trigger_subjects import Subject
from shared.cases.journey_events import StoredEvent
from shared.ids import CustomerKey
from shared.people.customers import customer_view
from shared.people.dealers import DealerRows, load_dealers, view_dealers
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import CustomerView, DealerView
from shared.sla.policy.policy import Policies


@dataclass(frozen=True)
class BatchContext:
    """The playbook, the dealers and the customers' profiles as they stand for a batch.

    `unscheduled`: the customers of live events of whom the time rules have nothing scheduled yet.
    """

    playbook: Playbook
    rows: Mapping[str, DealerRows]
    dealers: Mapping[str, DealerView]
    customers: Mapping[CustomerKey, CustomerView]
    unscheduled: Sequence[Subject]

    @property
    def policies(self) -> Mapping[str, Policies]:
        """The clocks of the dealers."""
        return {name: rows.policies for name, rows in self.rows.items()}

    def customer(self, event: StoredEvent) -> CustomerView | None:
        """The profile of the event's customer, None without one."""
        key = _customer_of(event)
        return self.customers.get(key) if key else None

    def knows(self, dealer_id: str, staff_id: str | None) -> bool:
        """Whether the person is of the dealer's staff; nobody is known."""
        return staff_id is None or any(staff_id == known for known, _, _ in self.rows[dealer_id].staff)


async def load_batch_context(
    connection: AsyncConnection, playbook: Playbook, events: Iterable[StoredEvent], now: datetime
) -> BatchContext:
    """Load all that the batch refers to, and begin the profiles of unknown customers. Raises LookupError."""
    seen = list(events)
    rows = await load_dealers(connection, {event.dealer_id for event in seen}) if seen else {}
    dealers = view_dealers(rows, now)
    known = await load_or_begin(connection, {key for event in seen if (key := _customer_of(event))}, now)
    live = {_customer_of(event) for event in seen if event.live}
    customers = {one.profile.customer: customer_view(one.profile.record) for one in known}
    lacking = [one.profile for one in known if one.profile.customer in live and not (one.scheduled or one.merged)]
    return BatchContext(playbook, rows, dealers, customers, lacking)


def _customer_of(event: StoredEvent) -> CustomerKey | None:
    return (event.dealer_id, event.customer_id) if event.customer_id else None
