"""A wave of journey events, no two of one key: cases found, clocks told, the playbook applied, tasks started."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.routing.batch_context import BatchContext
from handoff_worker.routing.case_followers import follow_cases
from handoff_worker.routing.create_tasks import TaskSource, documented, start_tasks
from handoff_worker.routing.store import Routed, store_routings
from handoff_worker.routing.telephone import measure_answers
from handoff_worker.triggers.case_rules import close_reminders, schedule_case_rules
from handoff_worker.triggers.reschedule import begin_lacking
from handoff_worker.triggers.signal_rules import schedule_signals
from shared.cases.case_lookup import CaseLookup, CaseMatch, find_cases, find_or_open, lookup_of
from shared.cases.journey_events import StoredEvent, read_event, with_delivery_day
from shared.cases.playbook_view import load_case_views
from shared.cases.store import Case
from shared.commands.change_case_owner import clock_owner
from shared.commands.idle_schedule import idle_after, schedule_idle
from shared.ids import CaseKey, CustomerKey, VehicleKey
from shared.lifecycle import Task
from shared.messaging.moments_due import due_of_event
from shared.people.customers import VehicleSighting, fill_vehicles
from shared.playbook.routing.router import occurrences_of, route_situation
from shared.playbook.routing.situation import Situation, situation_of
from shared.playbook.types import CaseView, JourneyEvent, Routing
from shared.sla.facts import EventSeen, Fact, event_fact
from shared.sla.store.appointment_clocks import Said, follow_signals
from shared.sla.store.case_status_history import StatusChange, case_reopened, store_status_changes
from shared.tasks.assignment import renew_offers
from shared.tasks.store import lock_case_tasks
from shared.tasks.unit_of_work import TaskChanges


@dataclass(frozen=True, slots=True)
class RoutedEvent:
    """An event of the wave. `found` is its case, None for an imported one and for a step that concerns nobody."""

    stored: StoredEvent
    situation: Situation
    found: CaseMatch | None
    answer: Routing


async def route_batch(
    connection: AsyncConnection, context: BatchContext, events: Sequence[StoredEvent], now: datetime
) -> None:
    """Route these events and store all that comes of them. The caller holds the locks of their keys."""
    delivered = await fill_vehicles(connection, _sightings(events), context.policies, now)
    matched = await _match_cases(connection, context, events, delivered, now)
    changes = TaskChanges(connection, context.playbook, now, context.rows)
    joined = [one.found for one in matched if one.found is not None]
    changes.clocks.note_written([one.case.key for one in joined], [one.case.key for one in joined if one.began])
    status_changes = {
        one.stored.event_id: status_change for one in matched if (status_change := _reopened(one)) is not None
    }
    await store_status_changes(connection, status_changes.values())
    await _schedule_idle(connection, context, matched, now)
    customers = {one for event in events if event.live for one in _customer(event)}
    await begin_lacking(connection, customers, context.policies, now)
    await schedule_signals(connection, events, now)
    facts = {one.stored.event_id: _facts(one, status_changes.get(one.stored.event_id)) for one in matched}
    await changes.clocks.apply([fact for some in facts.values() for fact in some])
    said = [said for one in matched for said in _said(one, facts)]
    await follow_signals(connection, said, now)
    await measure_answers(connection, events)
    await schedule_case_rules(connection, [one.fact for one in said], now)
    cases = {one.found.case.key: one.found.case for one in matched if one.found is not None}
    followers = await follow_cases(connection, cases, [one.fact for one in said], context.rows, now)
    await _prime_cases(changes, matched)
    for case in cases.values():
        changes.note_followers(case.key, followers.get(case.key, case.followers))
    await close_reminders(changes, [one.fact for one in said])
    for status_change in status_changes.values():
        await renew_offers(changes, status_change.dealer_id, status_change.case_id)
    routed = [await _carry_out(changes, one) for one in matched]
    await changes.publish()
    await store_routings(connection, routed, context.playbook.version, now)


async def _schedule_idle(
    connection: AsyncConnection, context: BatchContext, matched: Sequence[RoutedEvent], now: datetime
) -> None:
    """Have the cases that these events opened, or opened again, looked at when they may be idle."""
    opened = [one.found.case for one in matched if one.found is not None and one.found.opened]
    dealers = {case.dealer_id: context.dealers[case.dealer_id] for case in opened}
    spans = {dealer_id: idle_after(context.playbook, view.tables) for dealer_id, view in dealers.items()}
    await schedule_idle(connection, opened, spans, now)


async def _prime_cases(changes: TaskChanges, matched: Sequence[RoutedEvent]) -> None:
    """Read the tasks of the wave's cases at once, so that none is read for itself."""
    joined = [one.found.case for one in matched if one.found is not None]
    before = [
        one.found.previous_case.key for one in matched if one.found is not None and one.found.previous_case is not None
    ]
    tasks: dict[CaseKey, list[Task]] = defaultdict(list)
    for task in await lock_case_tasks(changes.connection, before):
        tasks[task.dealer_id, task.case_id or ""].append(task)
    for case in joined:
        changes.prime(case.key, case.owner, tasks[case.key])


async def _match_cases(
    connection: AsyncConnection,
    context: BatchContext,
    stored: Sequence[StoredEvent],
    delivered: Mapping[VehicleKey, date],
    now: datetime,
) -> list[RoutedEvent]:
    events = [with_delivery_day(_read(context, one), delivered) for one in stored]
    lookups = [_lookup(context, one, event) for one, event in zip(stored, events, strict=True)]
    live = [lookup for one, lookup in zip(stored, lookups, strict=True) if one.live and _has_case(lookup)]
    opened = await find_or_open(connection, context.playbook, live, now)
    founds = {lookup.event.event_id: found for lookup, found in zip(live, opened, strict=True)}
    met = {event_id: found.previous_case for event_id, found in founds.items()}
    imported = [replace(a, event=replace(a.event, case_id=None)) for a in lookups if a.event.intent == "history"]
    for lookup, case in zip(imported, await find_cases(connection, imported), strict=True):
        met[lookup.event.event_id] = case
    views = await _views(connection, met.values())
    return [
        _routed(context, one, event, founds.get(event.event_id), views.get(_key(met.get(event.event_id))))
        for one, event in zip(stored, events, strict=True)
    ]


def _read(context: BatchContext, stored: StoredEvent) -> JourneyEvent:
    """The event as the playbook reads it; a person the dealer does not know is nobody who could own or be asked."""
    event = read_event(stored)
    return event if context.knows(event.dealer_id, event.staff_id) else replace(event, staff_id=None)


async def _views(
    connection: AsyncConnection, cases: Iterable[Case | None]
) -> dict[tuple[str, str] | None, CaseView | None]:
    known = {case.key: case for case in cases if case is not None}
    views: dict[tuple[str, str] | None, CaseView | None] = {None: None}
    return views | dict(await load_case_views(connection, list(known.values())))


def _key(case: Case | None) -> tuple[str, str] | None:
    return case.key if case else None


def _routed(
    context: BatchContext, stored: StoredEvent, event: JourneyEvent, found: CaseMatch | None, view: CaseView | None
) -> RoutedEvent:
    dealer = context.dealers[event.dealer_id]
    situation = situation_of(context.playbook, event, view, context.customer(stored), dealer)
    return RoutedEvent(stored, situation, found, route_situation(situation))


def _lookup(context: BatchContext, stored: StoredEvent, event: JourneyEvent) -> CaseLookup:
    dealer = context.dealers[event.dealer_id]
    # an event without a customer finds its case by what happened
    named = event.occurrences if event.customer_id else occurrences_of(event, None, dealer, context.playbook)
    return lookup_of(event, dealer.time_zone, named, stored.vehicle)


def _has_case(lookup: CaseLookup) -> bool:
    """Every event of a customer has a case; of the dealer's own, those that say what happened."""
    return lookup.event.customer_id is not None or bool(lookup.occurrences) or lookup.event.case_id is not None


def _customer(event: StoredEvent) -> list[CustomerKey]:
    return [(event.dealer_id, event.customer_id)] if event.customer_id else []


def _reopened(matched: RoutedEvent) -> StatusChange | None:
    """The turn of the case, where the event opened it again."""
    if matched.found is None or matched.found.closed_at is None:
        return None
    return case_reopened(
        *matched.found.case.key, matched.stored.event_id, matched.stored.occurred_at, matched.found.closed_at
    )


def _facts(matched: RoutedEvent, status_change: StatusChange | None) -> list[Fact]:
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


def _said(matched: RoutedEvent, facts: Mapping[str, Sequence[Fact]]) -> list[Said]:
    vin = (matched.stored.data.get("vehicle") or {}).get("vin")
    return [Said(fact, vin) for fact in facts[matched.stored.event_id] if isinstance(fact, EventSeen)]


async def _carry_out(changes: TaskChanges, matched: RoutedEvent) -> Routed:
    stored = matched.stored
    case_id = matched.found.case.case_id if matched.found else None
    changes.add_due(due_of_event(stored.event_id, stored.dealer_id, stored.customer_id, case_id))
    if matched.found is None:
        return Routed(stored, matched.answer, [documented(one, None) for one in matched.answer.decisions], None)
    case = matched.found.case
    source = TaskSource(
        dealer_id=stored.dealer_id,
        customer_id=stored.customer_id,
        case_id=case.case_id,
        event_id=stored.event_id,
        situation=matched.situation,
        owner_person=case.owner.staff_id if case.owner else None,
    )
    return Routed(stored, matched.answer, await start_tasks(changes, source, matched.answer), case.case_id)


def _sightings(events: Iterable[StoredEvent]) -> list[VehicleSighting]:
    sightings = []
    for event in events:
        vehicle = event.vehicle
        vin = vehicle.pop("vin", None)
        if vin:
            sightings.append(VehicleSighting(event.dealer_id, vin, event.customer_id, vehicle, event.live))
    return sightings
