"""What a handoff by hand stands on: the customer, the event it follows, the case it belongs to."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.handoffs.suggestions import Suggested
from journey_api.http.problems import Problem, invalid
from journey_api.reference.named_people import NO_CUSTOMER, is_customer
from shared.cases.case_finder import find_or_open
from shared.cases.case_lookup import lookup_of
from shared.cases.journey_events import StoredEvent, load_events
from shared.cases.store import Case, load_case
from shared.db.schema import journey_case, journey_event, routing
from shared.people.merged_customers import current_customer
from shared.playbook.fact_types import Facts
from shared.playbook.routing.situation import Situation
from shared.playbook.ruleset.entries import Playbook


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffRequest:
    """What a person asks to hand over; `facts` flat by path."""

    entry: str
    dealer_id: str
    customer_id: str | None = None
    step: int | None = None
    case_id: str | None = None
    event_id: str | None = None
    suggestion_id: str | None = None
    to_role: str | None = None
    to_staff_id: str | None = None
    topics: tuple[str, ...] = ()
    facts: Facts = field(default_factory=dict)
    note: str | None = None


@dataclass(frozen=True, slots=True)
class HandoffContext:
    """What the handoff stands on: the event it follows, its case, the customer."""

    event: StoredEvent | None
    case: Case | None
    customer_id: str | None


async def resolve_customer(connection: AsyncConnection, handoff: HandoffRequest) -> str | None:
    """The customer of event, case and body, who must be one and the same.

    Raises Problem: 422 for what does not exist or does not belong together, 409 for an imported event or a closed case.
    """
    found: dict[str, str | None] = {}
    if handoff.event_id is not None:
        found["/event_id"] = await _customer_of_event(connection, handoff.dealer_id, handoff.event_id)
    if handoff.case_id is not None:
        found["/case_id"] = await _customer_of_case(connection, handoff.dealer_id, handoff.case_id)
    named = handoff.customer_id
    if named is not None and not await is_customer(connection, handoff.dealer_id, named):
        raise invalid("/customer_id", "unknown_id", NO_CUSTOMER)
    given = await current_customer(connection, handoff.dealer_id, named) if named else None
    customer_id = given or next(iter(found.values()), None)
    for pointer, other in found.items():
        if other != customer_id:
            raise invalid(pointer, "of_another", "Belongs to another customer")
    return customer_id


async def _customer_of_event(connection: AsyncConnection, dealer_id: str, event_id: str) -> str | None:
    query = select(journey_event.c.customer_id, journey_event.c.intent).where(journey_event.c.event_id == event_id)
    row = (await connection.execute(query.where(journey_event.c.dealer_id == dealer_id))).one_or_none()
    if row is None:
        raise invalid("/event_id", "unknown_id", "The dealer has no such event")
    if row.intent == "history":
        raise Problem(409, "The event was imported as history: nothing is taken up from it.", code="not_suggested")
    return row.customer_id  # type: ignore[no-any-return]


async def _customer_of_case(connection: AsyncConnection, dealer_id: str, case_id: str) -> str | None:
    query = select(journey_case.c.customer_id, journey_case.c.status).where(journey_case.c.case_id == case_id)
    row = (await connection.execute(query.where(journey_case.c.dealer_id == dealer_id))).one_or_none()
    if row is None or row.status == "reserved":
        raise invalid("/case_id", "unknown_id", "The dealer has no such case")
    if row.status == "closed":
        raise Problem(409, "The case is closed.", code="bad_state")
    return row.customer_id  # type: ignore[no-any-return]


async def load_handoff_context(
    connection: AsyncConnection, handoff: HandoffRequest, suggested: Suggested | None, customer_id: str | None
) -> HandoffContext:
    """The event and the open case the wish or the suggestion names; a case closed meanwhile does not count."""
    event_id = handoff.event_id or (suggested.event_id if suggested else None)
    event = (await load_events(connection, [event_id])).get(event_id) if event_id else None
    case_id = handoff.case_id or (suggested.case_id if suggested else None)
    if case_id is None and event_id is not None:
        case_id = await connection.scalar(select(routing.c.case_id).where(routing.c.event_id == event_id))
    case = await load_case(connection, handoff.dealer_id, case_id) if case_id else None
    return HandoffContext(event, case if case is not None and case.is_open else None, customer_id)


async def give_case(
    connection: AsyncConnection, playbook: Playbook, context: HandoffContext, situation: Situation, now: datetime
) -> HandoffContext:
    """The same with the customer's case, found or begun; what concerns no customer needs none."""
    if context.case is not None or context.customer_id is None:
        return context
    vehicle = context.event.vehicle if context.event else {}
    lookup = lookup_of(situation.event, situation.dealer.time_zone, (), vehicle)
    return replace(context, case=(await find_or_open(connection, playbook, lookup, now)).case)
