"""What the playbook would make of an event now; nothing is stored."""

from dataclasses import dataclass, replace
from datetime import datetime

from pydantic_core import from_json
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.intake.cloud_events import Event
from journey_api.intake.prepare import naming_of
from shared.cases.case_finder import find_case
from shared.cases.case_lookup import lookup_of
from shared.cases.journey_events import StoredEvent, read_event, with_delivery_day
from shared.cases.playbook_view import load_case_views, load_delivery_days
from shared.ids import new_id
from shared.people.customers import load_profiles
from shared.people.dealers import load_dealer_views
from shared.playbook.routing.router import occurrences_of, route
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import Routing


@dataclass(frozen=True, slots=True)
class Preview:
    """The answer, and the open case the event would join, if any."""

    answer: Routing
    case_id: str | None


async def preview(connection: AsyncConnection, playbook: Playbook, event: Event, now: datetime) -> Preview:
    """Route an event as it would be routed now. Its dealer exists, and it may have the case it names."""
    naming = naming_of(event)
    read = replace(read_event(_as_stored(event)), case_id=naming.case_id if naming else None)
    delivered = await load_delivery_days(connection, [(read.dealer_id, read.vehicle.vin)])
    seen = with_delivery_day(read, delivered)
    dealer = (await load_dealer_views(connection, {seen.dealer_id}, now))[seen.dealer_id]
    key = (seen.dealer_id, seen.customer_id or "")
    profile = (await load_profiles(connection, [key])).get(key) if seen.customer_id else None
    occurrences = occurrences_of(seen, profile, dealer, playbook)
    case = await find_case(connection, lookup_of(seen, dealer.time_zone, occurrences, {}))
    view = (await load_case_views(connection, [case]))[case.key] if case else None
    return Preview(route(seen, view, profile, dealer, playbook), case.case_id if case and case.is_open else None)


def _as_stored(event: Event) -> StoredEvent:
    data = from_json(event.data.model_dump_json(exclude_none=True, exclude={"intake", "note"}))
    return StoredEvent(new_id(), event.data.dealer_id, event.data.customer_id, event.time, event.data.intent, data)
