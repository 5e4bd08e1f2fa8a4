"""What the playbook knows of a case: its facts, its vehicle, its open records and who gave what to whom."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.store import Case
from shared.db.bulk import in_keys, unnest_keys
from shared.db.prepared import Prepared, Row
from shared.db.schema import task, vehicle
from shared.ids import CaseKey, VehicleKey
from shared.playbook.types import BY_HAND, AcceptedDeliver, CaseView, OpenRecord, Vehicle
from shared.vehicle_ids import vehicle_key
from shared.vocabulary import OPEN_STATUSES


async def load_case_views(connection: AsyncConnection, cases: Sequence[Case]) -> dict[CaseKey, CaseView]:
    """The views of these cases as they stand before the next event, in two statements."""
    tasks = await _load_tasks(connection, [case.key for case in cases])
    delivered = await load_delivery_days(connection, [(case.dealer_id, case.vehicle.get("vin")) for case in cases])
    return {case.key: case_view(case, tasks[case.key], delivered) for case in cases}


def case_view(case: Case, tasks: Iterable[Any], delivered: Mapping[VehicleKey, date]) -> CaseView:
    """The view of a case with these tasks, or rows of them, in the order they were made.

    `delivered`: the delivery days that vehicles' records say, by the VINs as they are written.
    """
    known = list(tasks)
    return CaseView(
        case_id=case.case_id,
        topics=case.topics,
        facts=case.facts,
        vehicle=vehicle_view(case.dealer_id, case.vehicle, delivered),
        open_records=tuple(_open_record(one) for one in known if one.status in OPEN_STATUSES),
        returned_matters=case.returned_matters,
        accepted_delivers=tuple(
            AcceptedDeliver(one.from_role, one.to_role, one.matter, one.status == "cancelled")
            for one in known
            if one.kind == "deliver" and one.first_accepted_at
        ),
    )


async def load_delivery_days(
    connection: AsyncConnection, vins: Iterable[tuple[str, str | None]]
) -> dict[tuple[str, str], date]:
    """By dealer and VIN the day the vehicle's record says it was delivered."""
    wanted = {(dealer_id, vin): (dealer_id, vehicle_key(vin)) for dealer_id, vin in vins if vin}
    if not wanted:
        return {}
    rows = await _DELIVERED.rows(connection, unnest_keys(wanted.values()))
    days = {(dealer_id, key): date.fromisoformat(value) for dealer_id, key, value in rows}
    return {asked: days[key] for asked, key in wanted.items() if key in days}


def vehicle_view(dealer_id: str, known: Mapping[str, str], delivered: Mapping[tuple[str, str], date]) -> Vehicle:
    """The vehicle as routing sees it; the record's delivery day counts before the one an event gave."""
    vin, day = known.get("vin"), known.get("delivered_on")
    recorded = delivered.get((dealer_id, vin)) if vin else None
    return Vehicle(vin, recorded or (date.fromisoformat(day) if day else None))


async def _load_tasks(connection: AsyncConnection, cases: Sequence[CaseKey]) -> dict[CaseKey, list[Row]]:
    found: dict[CaseKey, list[Row]] = defaultdict(list)
    if cases:
        for row in await _TASKS.rows(connection, unnest_keys(cases)):
            found[row.dealer_id, row.case_id].append(row)
    return found


_TASKS: Final = Prepared(
    select(
        task.c.dealer_id,
        task.c.case_id,
        task.c.task_id,
        task.c.entry,
        task.c.matter,
        task.c.kind,
        task.c.from_role,
        task.c.to_role,
        task.c.mirrors,
        task.c.merge_key,
        task.c.named_person,
        task.c.status,
        task.c.first_accepted_at,
    )
    .where(in_keys(task.c.dealer_id, task.c.case_id))
    .order_by(task.c.created_at, task.c.task_id)
)
_DAY: Final = vehicle.c.record["delivered_on"].astext
_DELIVERED: Final = Prepared(
    select(vehicle.c.dealer_id, vehicle.c.vin_key, _DAY).where(
        in_keys(vehicle.c.dealer_id, vehicle.c.vin_key), _DAY.is_not(None)
    )
)


def _open_record(one: Any) -> OpenRecord:
    return OpenRecord(
        task_id=one.task_id,
        entry=one.entry,
        matter=one.matter,
        kind=one.kind,
        from_role=one.from_role,
        to_role=one.to_role,
        mirrors=tuple(one.mirrors),
        manual=BY_HAND in one.merge_key,
        named_person=one.named_person,
    )
