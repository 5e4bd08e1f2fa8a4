"""Events with the answers of the playbook and the cases they joined, and what they say to the clocks of those."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from handoff_worker.routing.batch_context import BatchContext
from handoff_worker.routing.seen_vehicles import VehicleSighting
from shared.cases.case_lookup import CaseLookup, CaseMatch, lookup_of
from shared.cases.journey_events import StoredEvent, read_event
from shared.commands.change_case_owner import clock_owner
from shared.playbook.routing.router import occurrences_of, route_situation
from shared.playbook.routing.situation import Situation, situation_of
from shared.playbook.types import CaseView, JourneyEvent, Routing
from shared.sla.facts import EventSeen, Fact, event_fact
from shared.sla.store.appointment_clocks import Said
from shared.sla.store.case_status_history import StatusChange, case_reopened


@dataclass(frozen=True, slots=True)
class RoutedEvent:
    """An event of the wave. `found` is its case, None for an imported one and for a step that concerns nobody."""

    stored: StoredEvent
    situation: Situation
    found: CaseMatch | None
    answer: Routing


def read_known(context: BatchContext, stored: StoredEvent) -> JourneyEvent:
    """The event as the playbook reads it; a person the dealer does not know is nobody who could own or be asked."""
    event = read_event(stored)
    return event if context.knows(event.dealer_id, event.staff_id) else replace(event, staff_id=None)


def lookup_for(context: BatchContext, stored: StoredEvent, event: JourneyEvent) -> CaseLookup:
    """The event on its way to its case; an imported one only looks for it, and not by name."""
    dealer = context.dealers[event.dealer_id]
    # an event without a customer finds its case by what happened
    named = event.occurrences if event.customer_id else occurrences_of(event, None, dealer, context.playbook)
    unnamed = event if stored.live else replace(event, case_id=None)
    return lookup_of(unnamed, dealer.time_zone, named, stored.vehicle)


def has_case(lookup: CaseLookup) -> bool:
    """Every event of a customer has a case; of the dealer's own, those that say what happened."""
    return lookup.event.customer_id is not None or bool(lookup.occurrences) or lookup.event.case_id is not None


def route_event(
    context: BatchContext, stored: StoredEvent, event: JourneyEvent, found: CaseMatch | None, view: CaseView | None
) -> RoutedEvent:
    """The event routed in its case as it met it."""
    dealer = context.dealers[event.dealer_id]
    situation = situation_of(context.playbook, event, view, context.customer(stored), dealer)
    return RoutedEvent(stored, situation, found, route_situation(situation))


def reopened(matched: RoutedEvent) -> StatusChange | None:
    """The turn of the case, where the event opened it again."""
    if matched.found is None or matched.found.closed_at is None:
        return None
    return case_reopened(
        *matched.found.case.key, matched.stored.event_id, matched.stored.occurred_at, matched.found.closed_at
    )


def facts_of_event(matched: RoutedEvent, status_change: StatusChange | None) -> list[Fact]:
    """What the clocks of its case are told of the event."""
    if matched.found is None:
        return []
    case, stored = matched.found.case, matched.stored
    happened = event_fact(
        event_id=stored.event_id,
        occurred_at=stored.occurred_at,
        dealer_id=stored.dealer_id,
        case_id=case.case_id,
        customer_id=stored.customer_id,
        owner=clock_owner(case),
        data=stored.data,
        occurrences=matched.answer.occurrences,
        opened=(status_change.at, status_change.change_id) if status_change else None,
    )
    return [status_change.fact(case.customer_id, clock_owner(case)), happened] if status_change else [happened]


def said_by(matched: RoutedEvent, facts: Iterable[Fact]) -> list[Said]:
    """What the event says to the clocks of appointments."""
    vin = (matched.stored.data.get("vehicle") or {}).get("vin")
    return [Said(fact, vin) for fact in facts if isinstance(fact, EventSeen)]


def sightings_in(events: Iterable[StoredEvent]) -> list[VehicleSighting]:
    """The vehicles the events speak of, in their order."""
    sightings = []
    for event in events:
        vehicle = event.vehicle
        vin = vehicle.pop("vin", None)
        if vin:
            sightings.append(VehicleSighting(event.dealer_id, vin, event.customer_id, vehicle, event.live))
    return sightings
