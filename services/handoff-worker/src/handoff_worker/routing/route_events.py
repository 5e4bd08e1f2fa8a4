"""A wave of journey events, no two of one key: cases found, clocks told, the playbook applied, tasks started."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.routing.batch_context import Surroundings
from handoff_worker.routing.create_tasks import Origin, documented, start_tasks
from handoff_worker.routing.store import Routed, store_routings
from shared.cases.journey_events import StoredEvent, read_event, with_delivery_day
from shared.cases.matching import Arrival, Found, arrival_of, find_cases, find_or_open
from shared.cases.playbook_view import load_case_views
from shared.cases.store import Case
from shared.commands.change_case_owner import clock_owner
from shared.commands.idle_schedule import idle_after, schedule_idle
from shared.ids import CaseKey, VehicleKey
from shared.lifecycle import Task
from shared.people.customers import Sighting, fill_vehicles
from shared.playbook.routing.router import occurrences_of, route_situation
from shared.playbook.routing.situation import Situation, situation_of
from shared.playbook.types import CaseView, JourneyEvent, Routing
from shared.sla.facts import Fact, event_fact
from shared.sla.store.case_status_history import Turn, reopening, store_turns
from shared.tasks.assignment import renew_offers
from shared.tasks.store import lock_case_tasks
from shared.tasks.unit_of_work import TaskChanges


@dataclass(frozen=True, slots=True)
class Seen:
    """An event of the wave. `found` is its case, None for an imported one and for a step that concerns nobody."""

    stored: StoredEvent
    situation: Situation
    found: Found | None
    answer: Routing


async def route_wave(
    connection: AsyncConnection, around: Surroundings, events: Sequence[StoredEvent], now: datetime
) -> None:
    """Route these events and store all that comes of them. The caller holds the locks of their keys."""
    delivered = await fill_vehicles(connection, _sightings(events), now)
    seen = await _see(connection, around, events, delivered, now)
    changes = TaskChanges(connection, now, around.rows)
    turns = {one.stored.event_id: turn for one in seen if (turn := _reopening(one)) is not None}
    await store_turns(connection, turns.values())
    await _schedule_idle(connection, around, seen, now)
    await changes.clocks.tell([fact for one in seen for fact in _facts(one, turns.get(one.stored.event_id))])
    await _know_cases(changes, seen)
    for turn in turns.values():
        await renew_offers(changes, turn.dealer_id, turn.case_id)
    routed = [await _carry_out(changes, one) for one in seen]
    await changes.publish()
    await store_routings(connection, routed, around.playbook.version, now)


async def _schedule_idle(
    connection: AsyncConnection, around: Surroundings, seen: Sequence[Seen], now: datetime
) -> None:
    """Have the cases that these events opened, or opened again, looked at when they may be idle."""
    opened = [one.found.case for one in seen if one.found is not None and one.found.opened]
    dealers = {case.dealer_id: around.dealers[case.dealer_id] for case in opened}
    spans = {dealer_id: idle_after(around.playbook, view.tables) for dealer_id, view in dealers.items()}
    await schedule_idle(connection, opened, spans, now)


async def _know_cases(changes: TaskChanges, seen: Sequence[Seen]) -> None:
    """Read the tasks of the wave's cases at once, so that none is read for itself."""
    joined = [one.found.case for one in seen if one.found is not None]
    before = [one.found.before.key for one in seen if one.found is not None and one.found.before is not None]
    tasks: dict[CaseKey, list[Task]] = defaultdict(list)
    for task in await lock_case_tasks(changes.connection, before):
        tasks[task.dealer_id, task.case_id or ""].append(task)
    for case in joined:
        changes.know(case.key, case.owner, tasks[case.key])


async def _see(
    connection: AsyncConnection,
    around: Surroundings,
    stored: Sequence[StoredEvent],
    delivered: Mapping[VehicleKey, date],
    now: datetime,
) -> list[Seen]:
    events = [with_delivery_day(_read(around, one), delivered) for one in stored]
    arrivals = [_arrival(around, one, event) for one, event in zip(stored, events, strict=True)]
    live = [arrival for one, arrival in zip(stored, arrivals, strict=True) if one.live and _has_case(arrival)]
    opened = await find_or_open(connection, around.playbook, live, now)
    founds = {arrival.event.event_id: found for arrival, found in zip(live, opened, strict=True)}
    met = {event_id: found.before for event_id, found in founds.items()}
    imported = [replace(a, event=replace(a.event, case_id=None)) for a in arrivals if a.event.intent == "history"]
    for arrival, case in zip(imported, await find_cases(connection, imported), strict=True):
        met[arrival.event.event_id] = case
    views = await _views(connection, met.values())
    return [
        _seen(around, one, event, founds.get(event.event_id), views.get(_key(met.get(event.event_id))))
        for one, event in zip(stored, events, strict=True)
    ]


def _read(around: Surroundings, stored: StoredEvent) -> JourneyEvent:
    """The event as the playbook reads it; a person the dealer does not know is nobody who could own or be asked."""
    event = read_event(stored)
    return event if around.knows(event.dealer_id, event.staff_id) else replace(event, staff_id=None)


async def _views(
    connection: AsyncConnection, cases: Iterable[Case | None]
) -> dict[tuple[str, str] | None, CaseView | None]:
    known = {case.key: case for case in cases if case is not None}
    views: dict[tuple[str, str] | None, CaseView | None] = {None: None}
    return views | dict(await load_case_views(connection, list(known.values())))


def _key(case: Case | None) -> tuple[str, str] | None:
    return case.key if case else None


def _seen(
    around: Surroundings, stored: StoredEvent, event: JourneyEvent, found: Found | None, view: CaseView | None
) -> Seen:
    dealer = around.dealers[event.dealer_id]
    situation = situation_of(around.playbook, event, view, around.customer(stored), dealer)
    return Seen(stored, situation, found, route_situation(situation))


def _arrival(around: Surroundings, stored: StoredEvent, event: JourneyEvent) -> Arrival:
    dealer = around.dealers[event.dealer_id]
    # an event without a customer finds its case by what happened
    named = event.occurrences if event.customer_id else occurrences_of(event, None, dealer, around.playbook)
    return arrival_of(event, dealer.time_zone, named, stored.vehicle)


def _has_case(arrival: Arrival) -> bool:
    """Every event of a customer has a case; of the dealer's own, those that say what happened."""
    return arrival.event.customer_id is not None or bool(arrival.occurrences) or arrival.event.case_id is not None


def _reopening(seen: Seen) -> Turn | None:
    """The turn of the case, where the event opened it again."""
    if seen.found is None or seen.found.closed_at is None:
        return None
    return reopening(*seen.found.case.key, seen.stored.event_id, seen.stored.occurred_at, seen.found.closed_at)


def _facts(seen: Seen, turn: Turn | None) -> list[Fact]:
    if seen.found is None:
        return []
    case, stored = seen.found.case, seen.stored
    happened = event_fact(
        event_id=stored.event_id,
        occurred_at=stored.occurred_at,
        dealer_id=stored.dealer_id,
        case_id=case.case_id,
        customer_id=stored.customer_id,
        owner=clock_owner(case),
        data=stored.data,
        occurrences=seen.answer.occurrences,
        opened=(turn.at, turn.turn_id) if turn else None,
    )
    return [turn.fact(case.customer_id, clock_owner(case)), happened] if turn else [happened]


async def _carry_out(changes: TaskChanges, seen: Seen) -> Routed:
    stored = seen.stored
    if seen.found is None:
        return Routed(stored, seen.answer, [documented(one, None) for one in seen.answer.decisions], None)
    case = seen.found.case
    origin = Origin(
        dealer_id=stored.dealer_id,
        customer_id=stored.customer_id,
        case_id=case.case_id,
        event_id=stored.event_id,
        situation=seen.situation,
        owner_person=case.owner.staff_id if case.owner else None,
    )
    return Routed(stored, seen.answer, await start_tasks(changes, origin, seen.answer), case.case_id)


def _sightings(events: Iterable[StoredEvent]) -> list[Sighting]:
    sightings = []
    for event in events:
        said = event.vehicle
        vin = said.pop("vin", None)
        if vin:
            sightings.append(Sighting(event.dealer_id, vin, event.customer_id, said))
    return sightings
