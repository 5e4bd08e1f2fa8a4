"""The journey events of a transaction: cases found, clocks told, the playbook applied, tasks started.

They come in waves, no two events of one key in a wave. What a wave leaves is known to the next without being read; it
is written once, at the end.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.routing.batch_context import BatchContext
from handoff_worker.routing.case_followers import follow_cases, speaks_of_it
from handoff_worker.routing.create_tasks import TaskSource, documented, start_tasks
from handoff_worker.routing.matched_events import (
    RoutedEvent,
    facts_of_event,
    has_case,
    lookup_for,
    read_known,
    reopened,
    route_event,
    said_by,
    sightings_in,
)
from handoff_worker.routing.seen_vehicles import SeenVehicles
from handoff_worker.routing.store import Routed, store_routings
from handoff_worker.routing.telephone import measure_answers
from handoff_worker.triggers.case_rules import close_reminders, reminders_ended, schedule_case_rules
from handoff_worker.triggers.signal_rules import schedule_signals
from shared.cases.case_finder import CaseFinder
from shared.cases.case_lookup import CaseMatch
from shared.cases.journey_events import StoredEvent, with_delivery_day
from shared.cases.playbook_view import case_view
from shared.cases.store import Case
from shared.commands.idle_schedule import idle_after, schedule_idle
from shared.ids import CaseKey
from shared.lifecycle import Task
from shared.messaging.moments_due import due_of_event
from shared.playbook.types import CaseView, JourneyEvent
from shared.sla.facts import EventSeen
from shared.sla.store.appointment_clocks import ends_visits, follow_signals
from shared.sla.store.case_status_history import store_status_changes
from shared.tasks.assignment import renew_offers
from shared.tasks.store import lock_case_tasks
from shared.tasks.unit_of_work import TaskChanges


class EventRouter:
    """Routes events in waves and stores all that comes of them. `write` ends it; nothing may read the tables before.

    The caller holds the locks of the events' keys. `events`: all that will come, whose cases and vehicles are read at
    once.
    """

    def __init__(
        self, connection: AsyncConnection, context: BatchContext, events: Collection[StoredEvent], now: datetime
    ) -> None:
        self._connection = connection
        self._context = context
        self._events = events
        self._now = now
        self._changes = TaskChanges(connection, context.playbook, now, context.rows)
        self._vehicles = SeenVehicles(connection)
        self._cases = CaseFinder(connection)
        self._opened: list[Case] = []
        self._routed: list[Routed] = []
        self._as_read: dict[str, JourneyEvent] = {}

    async def route(self, events: Sequence[StoredEvent]) -> None:
        """Route a wave."""
        if not events:
            return
        await self._read()
        matched = await self._match(events)
        turns = {one.stored.event_id: turn for one in matched if (turn := reopened(one)) is not None}
        facts = {one.stored.event_id: facts_of_event(one, turns.get(one.stored.event_id)) for one in matched}
        said = [said for one in matched for said in said_by(one, facts[one.stored.event_id])]
        seen = [one.fact for one in said]
        if self._looks_back(seen):
            await self.write()
            for dealer_id in {fact.dealer_id for fact in seen}:  # who has room is counted from before what follows
                await self._changes.directory(dealer_id)
        joined = [one.found for one in matched if one.found is not None]
        self._changes.clocks.note_written(
            [one.case.key for one in joined], [one.case.key for one in joined if one.began]
        )
        await store_status_changes(self._connection, turns.values())
        await schedule_signals(self._connection, events, self._now)
        await self._changes.clocks.apply([fact for some in facts.values() for fact in some])
        await follow_signals(self._connection, said, self._now)
        await measure_answers(self._connection, events)
        await schedule_case_rules(self._connection, seen, self._now)
        await self._note_followers({one.case.key: one.case for one in joined}, seen)
        await close_reminders(self._changes, seen)
        for turn in turns.values():
            await renew_offers(self._changes, turn.dealer_id, turn.case_id)
        self._routed += [await self._carry_out(one) for one in matched]
        await self._changes.end_step()

    async def write(self) -> None:
        """Store what is not stored yet."""
        await self._vehicles.write(self._context.policies, self._now)
        await self._cases.write()
        await self._schedule_idle()
        await self._changes.publish()
        await store_routings(self._connection, self._routed, self._context.playbook.version, self._now)
        self._opened.clear()
        self._routed.clear()

    async def _read(self) -> None:
        """Read what all the events will meet, as far as it is known before the first of them is routed."""
        if self._as_read:
            return
        await self._vehicles.read(sightings_in(self._events))
        self._as_read = {one.event_id: read_known(self._context, one) for one in self._events}
        lookups = [lookup_for(self._context, one, self._as_read[one.event_id]) for one in self._events]
        lookups = [lookup for lookup in lookups if has_case(lookup)]
        met: dict[CaseKey, Case] = {}
        told_at: dict[CaseKey, list[datetime]] = defaultdict(list)
        for lookup, case in zip(lookups, await self._cases.find(lookups), strict=True):
            if case is not None and case.status != "reserved":
                met[case.key] = case
                told_at[case.key].append(lookup.event.time)
        if len(met) > 1:
            await self._prime(met)
            await self._changes.clocks.read(told_at)

    def _looks_back(self, seen: Iterable[EventSeen]) -> bool:
        """Whether what these events lead to is found in tables, which few events need."""
        return any(speaks_of_it(fact) or ends_visits(fact) for fact in seen) or bool(
            reminders_ended(self._changes, list(seen))
        )

    async def _match(self, stored: Sequence[StoredEvent]) -> list[RoutedEvent]:
        self._vehicles.fill(sightings_in(stored))
        delivered = await self._vehicles.delivery_days((one.dealer_id, one.vehicle.get("vin")) for one in stored)
        events = [with_delivery_day(self._as_read[one.event_id], delivered) for one in stored]
        lookups = [lookup_for(self._context, one, event) for one, event in zip(stored, events, strict=True)]
        live = [lookup for one, lookup in zip(stored, lookups, strict=True) if one.live and has_case(lookup)]
        opened = await self._cases.find_or_open(self._context.playbook, live, self._now)
        founds = {lookup.event.event_id: found for lookup, found in zip(live, opened, strict=True)}
        met = {event_id: found.previous_case for event_id, found in founds.items()}
        imported = [lookup for one, lookup in zip(stored, lookups, strict=True) if not one.live]
        for lookup, case in zip(imported, await self._cases.find(imported), strict=True):
            met[lookup.event.event_id] = case
        views = await self._views({event_id: case for event_id, case in met.items() if case is not None})
        self._know(founds.values())
        return [
            route_event(self._context, one, event, founds.get(event.event_id), views.get(event.event_id))
            for one, event in zip(stored, events, strict=True)
        ]

    async def _views(self, met: Mapping[str, Case]) -> dict[str, CaseView]:
        """The cases as the events meet them."""
        await self._prime({case.key: case for case in met.values()})
        days = await self._vehicles.delivery_days((case.dealer_id, case.vehicle.get("vin")) for case in met.values())
        return {event_id: case_view(case, self._tasks_of(case.key), days) for event_id, case in met.items()}

    async def _prime(self, cases: Mapping[CaseKey, Case]) -> None:
        new = {key: case for key, case in cases.items() if self._changes.loaded(*key) is None}
        tasks: dict[CaseKey, list[Task]] = defaultdict(list)
        for task in await lock_case_tasks(self._connection, new.keys()):
            tasks[task.dealer_id, task.case_id or ""].append(task)
        for key, case in new.items():
            self._changes.prime(key, case.owner, tasks[key])

    def _tasks_of(self, case: CaseKey) -> list[Task]:
        known = self._changes.loaded(*case)
        return sorted(known.tasks.values(), key=lambda task: (task.created_at, task.task_id)) if known else []

    def _know(self, founds: Iterable[CaseMatch]) -> None:
        for found in founds:
            if self._changes.loaded(*found.case.key) is None:
                self._changes.prime(found.case.key, found.case.owner, ())
            if found.opened:
                self._opened.append(found.case)

    async def _schedule_idle(self) -> None:
        """Have the cases that were opened, or opened again, looked at when they may be idle."""
        dealers = {case.dealer_id: self._context.dealers[case.dealer_id] for case in self._opened}
        spans = {dealer_id: idle_after(self._context.playbook, view.tables) for dealer_id, view in dealers.items()}
        opened = {case.key: case for case in self._opened}
        await schedule_idle(self._connection, opened.values(), spans, self._now)

    async def _note_followers(self, cases: Mapping[CaseKey, Case], seen: Sequence[EventSeen]) -> None:
        followers = await follow_cases(self._connection, cases, seen, self._context.rows, self._now)
        for case in cases.values():
            self._changes.note_followers(case.key, followers.get(case.key, case.followers))
        for key, people in followers.items():
            self._cases.note_followers(key, people)

    async def _carry_out(self, matched: RoutedEvent) -> Routed:
        stored = matched.stored
        case_id = matched.found.case.case_id if matched.found else None
        self._changes.add_due(due_of_event(stored.event_id, stored.dealer_id, stored.customer_id, case_id))
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
        decisions = await start_tasks(self._changes, source, matched.answer)
        return Routed(stored, matched.answer, decisions, case.case_id)
