"""What the playbook knows of a case: its facts, its vehicle, its open records and who gave what to whom."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.store import Case
from shared.db.bulk import in_keys, unnest_keys
from shared.db.prepared import Prepared
from shared.db.schema import task, vehicle
from shared.ids import CaseKey
from shared.playbook.types import BY_HAND, AcceptedDeliver, CaseView, OpenRecord, Vehicle
from shared.vehicle_ids import vehicle_key
from shared.vocabulary import OPEN_STATUSES


async def load_case_views(connection: AsyncConnection, cases: Sequence[Case]) -> dict[CaseKey, CaseView]:
    """The views of these cases as they stand before the next event, in two statements."""
    records, accepted = await _load_tasks(connection, [case.key for case in cases])
    delivered = await load_delivery_days(connection, [(case.dealer_id, case.vehicle.get("vin")) for case in cases])
    return {
        case.key: CaseView(
            case_id=case.case_id,
            topics=case.topics,
            facts=case.facts,
            vehicle=vehicle_view(case.dealer_id, case.vehicle, delivered),
            open_records=tuple(records[case.key]),
            returned_matters=case.returned_matters,
            accepted_delivers=tuple(accepted[case.key]),
        )
        for case in cases
    }


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


async def _load_tasks(
    connection: AsyncConnection, cases: Sequence[CaseKey]
) -> tuple[dict[CaseKey, list[OpenRecord]], dict[CaseKey, list[AcceptedDeliver]]]:
    records: dict[CaseKey, list[OpenRecord]] = defaultdict(list)
    accepted: dict[CaseKey, list[AcceptedDeliver]] = defaultdict(list)
    if not cases:
        return records, accepted
    rows = await _TASKS.rows(connection, unnest_keys(cases))
    for row in rows:
        key = (row["dealer_id"], row["case_id"])
        if row["status"] in OPEN_STATUSES:
            records[key].append(_open_record(row))
        if row["kind"] == "deliver" and row["first_accepted_at"]:
            cancelled = row["status"] == "cancelled"
            accepted[key].append(AcceptedDeliver(row["from_role"], row["to_role"], row["matter"], cancelled))
    return records, accepted


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


def _open_record(row: RowMapping) -> OpenRecord:
    return OpenRecord(
        task_id=row["task_id"],
        entry=row["entry"],
        matter=row["matter"],
        kind=row["kind"],
        from_role=row["from_role"],
        to_role=row["to_role"],
        mirrors=tuple(row["mirrors"]),
        manual=BY_HAND in row["merge_key"],
        named_person=row["named_person"],
    )
