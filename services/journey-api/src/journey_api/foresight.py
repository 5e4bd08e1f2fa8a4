"""What the playbook would make of an event now; nothing is stored."""

from dataclasses import dataclass
from datetime import datetime

from pydantic_core import from_json
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.finding import arrival_of, find_case
from shared.cases.views import load_case_views, load_delivery_days
from shared.cloud_events import Event
from shared.customers import load_profiles
from shared.dealerships import load_dealer_views
from shared.identifiers import new_id
from shared.journey_events import StoredEvent, read_event, with_delivery_day
from shared.playbook.entries import Playbook
from shared.playbook.route import route
from shared.playbook.values import Routing


@dataclass(frozen=True, slots=True)
class Foresight:
    """The answer, and the open case the event would join, if any."""

    answer: Routing
    case_id: str | None


async def foresee(connection: AsyncConnection, playbook: Playbook, event: Event, now: datetime) -> Foresight:
    """Route an event as it would be routed now. Its dealer exists."""
    read = read_event(_as_stored(event))
    delivered = await load_delivery_days(connection, [(read.dealer_id, read.vehicle.vin)])
    seen = with_delivery_day(read, delivered)
    dealer = (await load_dealer_views(connection, {seen.dealer_id}, now))[seen.dealer_id]
    key = (seen.dealer_id, seen.customer_id or "")
    profile = (await load_profiles(connection, [key])).get(key) if seen.customer_id else None
    occurrences = seen.occurrences or route(seen, None, profile, dealer, playbook).occurrences
    case = await find_case(connection, arrival_of(seen, dealer.time_zone, occurrences, {}))
    met = case if case is not None and case.customer_id == seen.customer_id else None
    view = (await load_case_views(connection, [met]))[met.key] if met else None
    return Foresight(route(seen, view, profile, dealer, playbook), met.case_id if met and met.is_open else None)


def _as_stored(event: Event) -> StoredEvent:
    data = from_json(event.data.model_dump_json(exclude_none=True, exclude={"intake", "note"}))
    return StoredEvent(new_id(), event.data.dealer_id, event.data.customer_id, event.time, event.data.intent, data)
