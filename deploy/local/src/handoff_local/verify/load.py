"""Histories read from the tables, some cases at a time; every statement of the caller's one snapshot."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_local.verify.case_history import AT_ODDS, CaseHistory, Dealership, RoutedEvent, TaskStep
from handoff_local.verify.stored_values import read_due, read_routed, read_steps, read_tasks, routing_query
from shared.cases.journey_events import StoredEvent
from shared.cases.playbook_view import load_delivery_days
from shared.cases.store import Case, load_cases
from shared.db.schema import customer, dealer, routing, staff, task, vehicle
from shared.ids import CaseKey
from shared.lifecycle import Task
from shared.people.customers import customer_view
from shared.playbook.types import CustomerView
from shared.sla.store.fact_history import load_logs
from shared.sla.store.policies import load_policies
from shared.sla.store.timers import load_timers
from shared.sla.types import DueAction, Timer
from shared.vehicle_ids import vehicle_key

_ELSEWHERE = text(
    """
    select distinct r.event_id from routing r join task t on t.event_id = r.event_id
     where r.event_id = any(cast(:ids as text[])) and t.case_id is distinct from r.case_id
    """
)


class Dealerships:
    """The dealers of a snapshot, each read once while it is needed."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._last: dict[str, Dealership] = {}

    async def of(self, dealer_id: str) -> Dealership:
        """A dealer with its people and its clocks. Raises LookupError for one without a record."""
        if dealer_id not in self._last:
            # cases come by dealer: one is kept
            self._last = {dealer_id: await self._read(dealer_id)}
        return self._last[dealer_id]

    async def _read(self, dealer_id: str) -> Dealership:
        query = select(dealer.c.record, dealer.c.updated_at).where(dealer.c.dealer_id == dealer_id)
        record = (await self._connection.execute(query)).one_or_none()
        if record is None:
            raise LookupError(f"unknown dealer {dealer_id}")
        people = select(staff.c.record, staff.c.updated_at).where(staff.c.dealer_id == dealer_id)
        rows = (await self._connection.execute(people)).all()
        written = {"the dealer's record": record.updated_at}
        if rows:
            written["a record of its staff"] = max(row.updated_at for row in rows)
        policies = (await load_policies(self._connection, [dealer_id]))[dealer_id]
        return Dealership(record.record, [row.record for row in rows], policies, written)


async def read_histories(
    connection: AsyncConnection, dealerships: Dealerships, keys: Sequence[CaseKey]
) -> list[CaseHistory]:
    """The histories of these cases, whole."""
    cases = await load_cases(connection, keys)
    query = routing_query().where(tuple_(routing.c.dealer_id, routing.c.case_id).in_(keys))
    routed = await read_routed(connection, query)
    work = Work(connection)
    await work.read(keys)
    left = await connection.scalars(_ELSEWHERE, {"ids": [one.event.event_id for one in routed]})
    related = RelatedRows(connection)
    await related.read(cases.values(), [one.event for one in routed])
    elsewhere = frozenset(left)
    logs = await load_logs(connection, keys)
    by_case: dict[CaseKey, list[RoutedEvent]] = defaultdict(list)
    for one in routed:
        by_case[one.event.dealer_id, one.routing["case_id"]].append(one)
    return [
        CaseHistory(
            case=case,
            dealership=await dealerships.of(case.dealer_id),
            routed=tuple(by_case[key]),
            facts=tuple(logs[key]),
            delivered=related.delivered,
            customer=related.customer(case),
            written=related.written(case, by_case[key]),
            elsewhere=elsewhere,
            **work.of(key),
        )
        for key, case in sorted(cases.items())
    ]


class Work:
    """The tasks of some cases with their histories, and all their clocks."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._tasks: dict[CaseKey, list[Task]] = defaultdict(list)
        self._timers: dict[CaseKey, list[Timer]] = defaultdict(list)
        self._steps: Mapping[str, list[TaskStep]] = {}
        self._due: Mapping[str, frozenset[DueAction]] = {}

    async def read(self, keys: Sequence[CaseKey]) -> None:
        """Load those of these cases."""
        query = select(task).where(tuple_(task.c.dealer_id, task.c.case_id).in_(keys))
        tasks = await read_tasks(self._connection, query)
        timers = await load_timers(self._connection, cases=keys)
        for one in tasks:
            self._tasks[one.dealer_id, one.case_id or ""].append(one)
        for timer in timers:
            self._timers[timer.dealer_id, timer.case_id or ""].append(timer)
        self._steps = await read_steps(self._connection, tasks)
        self._due = await read_due(self._connection, [timer.timer_id for timer in timers])

    def of(self, key: CaseKey) -> dict[str, Any]:
        """Those of one case, by the fields of its history."""
        tasks = self._tasks[key]
        return {
            "tasks": {one.task_id: one for one in tasks},
            "task_steps": tuple(step for one in tasks for step in self._steps.get(one.task_id, ())),
            "timers": tuple(self._timers[key]),
            "due": self._due,
        }


async def read_lone_tasks(
    connection: AsyncConnection, dealerships: Dealerships, dealer_id: str, task_ids: Collection[str]
) -> CaseHistory:
    """Tasks of one dealer that belong to no case."""
    tasks = await read_tasks(connection, select(task).where(task.c.task_id.in_(sorted(task_ids))))
    steps = await read_steps(connection, tasks)
    timers = await load_timers(connection, tasks=[(dealer_id, one.task_id) for one in tasks])
    return CaseHistory(
        case=Case(dealer_id, "", None, "open"),
        dealership=await dealerships.of(dealer_id),
        tasks={one.task_id: one for one in tasks},
        task_steps=tuple(step for found in steps.values() for step in found),
        timers=tuple(timers),
        due=await read_due(connection, [timer.timer_id for timer in timers]),
    )


class RelatedRows:
    """The records beside some cases: customers, vehicles, and when they were last written."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._customers: dict[CaseKey, RowMapping] = {}
        self._vehicles: dict[tuple[str, str], datetime] = {}
        self.delivered: dict[Any, Any] = {}

    async def read(self, cases: Iterable[Case], events: Sequence[StoredEvent]) -> None:
        """Load what these cases and events name."""
        known: list[Case | StoredEvent] = [*cases, *events]
        people = {(one.dealer_id, one.customer_id) for one in known if one.customer_id}
        vins = {(one.dealer_id, one.vehicle["vin"]) for one in known if one.vehicle.get("vin")}
        self.delivered = await load_delivery_days(self._connection, vins)
        if people:
            named = tuple_(customer.c.dealer_id, customer.c.customer_id).in_(sorted(people))
            rows = (await self._connection.execute(select(customer).where(named))).mappings()
            self._customers = {(row["dealer_id"], row["customer_id"]): row for row in rows}
        if vins:
            keys = sorted({(dealer_id, vehicle_key(vin)) for dealer_id, vin in vins})
            query = select(vehicle.c.dealer_id, vehicle.c.vin_key, vehicle.c.updated_at)
            rows_of = await self._connection.execute(
                query.where(tuple_(vehicle.c.dealer_id, vehicle.c.vin_key).in_(keys))
            )
            self._vehicles = {(row.dealer_id, row.vin_key): row.updated_at for row in rows_of}

    def customer(self, one: Case | StoredEvent) -> CustomerView | None:
        """The profile of the customer it is about."""
        row = self._customers.get((one.dealer_id, one.customer_id or ""))
        return customer_view(row["record"]) if row else None

    def written(self, one: Case | StoredEvent, routed: Iterable[RoutedEvent] = ()) -> Mapping[str, datetime]:
        """When the customer's and the vehicles' records were last written, as `changed_since` reads it."""
        dates: dict[str, datetime] = {}
        row = self._customers.get((one.dealer_id, one.customer_id or ""))
        # an empty profile was begun by the first event of its customer: that changed nothing
        if row is not None and row["record"]:
            dates["the customer's profile"] = row["updated_at"]
        vins = {one.vehicle.get("vin"), *(each.event.vehicle.get("vin") for each in routed)}
        keys = {(one.dealer_id, vehicle_key(vin)) for vin in vins if vin}
        seen = [self._vehicles[key] for key in keys if key in self._vehicles]
        if seen:
            dates["a vehicle's record"] = _filled_before(max(seen), routed)
        return dates


def _filled_before(written: datetime, routed: Iterable[RoutedEvent]) -> datetime:
    """An event fills its vehicle's record before it is routed, at the same instant."""
    return written - AT_ODDS if any(one.at == written for one in routed) else written
