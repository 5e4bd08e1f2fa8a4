"""What an event adds to the records of its customer and vehicle: a profile begins, gaps are filled."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import in_keys, insert_all, unnest_keys, upsert_all
from shared.db.prepared import Prepared
from shared.db.schema import customer, vehicle
from shared.ids import CustomerKey, VehicleKey
from shared.playbook.types import CustomerView
from shared.sla.policy.policy import Policies
from shared.sla.store.trigger_rows import Placed, place_triggers
from shared.sla.triggers.scheduled_triggers import triggers_of
from shared.sla.triggers.series import series_of
from shared.vehicle_ids import vehicle_key

VEHICLE_FIELDS: Final = ("plate", "delivered_on", "registered_on")
"""What an event may say of a vehicle beside its VIN."""


@dataclass(frozen=True, slots=True)
class VehicleSighting:
    """An event spoke of a vehicle of a customer; `fields` holds what it knew of VEHICLE_FIELDS.

    `live`: what it adds has dates of time rules scheduled; history schedules nothing.
    """

    dealer_id: str
    vin: str
    customer_id: str | None
    fields: Mapping[str, str]
    live: bool = True


async def begin_profiles(connection: AsyncConnection, wanted: Iterable[CustomerKey], now: datetime) -> None:
    """Begin an empty profile for each customer that has none; everything in it is unknown."""
    rows = [
        {"dealer_id": dealer_id, "customer_id": customer_id, "record": {}, "created_at": now, "updated_at": now}
        for dealer_id, customer_id in sorted(set(wanted))
    ]
    await insert_all(connection, customer, rows, new_only=True)


async def load_profiles(
    connection: AsyncConnection, wanted: Collection[CustomerKey]
) -> dict[CustomerKey, CustomerView]:
    """What these customers' profiles say to the playbook."""
    return {key: customer_view(record) for key, record in (await load_customer_records(connection, wanted)).items()}


async def load_customer_records(
    connection: AsyncConnection, wanted: Collection[CustomerKey]
) -> dict[CustomerKey, Mapping[str, Any]]:
    """The records of these customers; those without one are left out."""
    if not wanted:
        return {}
    rows = await _RECORDS.rows(connection, unnest_keys(wanted))
    return {(row.dealer_id, row.customer_id): row.record for row in rows}


def customer_view(record: Mapping[str, Any]) -> CustomerView:
    """A customer's record as the playbook sees it; what is missing or null is unknown."""
    return CustomerView(
        vip=record.get("vip"),
        public_figure=record.get("public_figure"),
        existing=record.get("existing"),
        frequent_service=record.get("frequent_service"),
    )


async def fill_vehicles(
    connection: AsyncConnection,
    sightings: Iterable[VehicleSighting],
    policies: Mapping[str, Policies],
    now: datetime,
) -> dict[VehicleKey, date]:
    """Fill the gaps of the vehicles' records, in order; what a record says already stays. Answers the delivery days, by
    the VINs as they were seen.

    `policies`: of their dealers. A vehicle without a record gets one. A record that learns something is one version on.
    """
    seen = list(sightings)
    if not seen:
        return {}
    rows = await _VEHICLES.rows(connection, unnest_keys(map(_key, seen)))
    before = {(row.dealer_id, row.vin_key): row.record for row in rows}
    versions = {(row.dealer_id, row.vin_key): row.version for row in rows}
    vins = {(row.dealer_id, row.vin_key): row.vin for row in rows}
    after: dict[VehicleKey, dict[str, Any]] = {key: dict(record) for key, record in before.items()}
    for sighting in seen:
        key = _key(sighting)
        vins.setdefault(key, sighting.vin)
        after[key] = filled(after.get(key, {}), sighting)
    changed = [key for key in sorted(after) if key not in before or after[key] != before[key]]
    await _write(connection, [(key, vins[key], after[key], versions.get(key, 0) + 1) for key in changed], now)
    live = {_key(one) for one in seen if one.live}
    await _schedule(connection, [(key, vins[key], after[key]) for key in changed if key in live], policies, now)
    days = {(one.dealer_id, one.vin): after[_key(one)].get("delivered_on") for one in seen}
    return {key: date.fromisoformat(day) for key, day in days.items() if day is not None}


def _key(sighting: VehicleSighting) -> VehicleKey:
    return sighting.dealer_id, vehicle_key(sighting.vin)


def filled(record: Mapping[str, Any], sighting: VehicleSighting) -> dict[str, Any]:
    """The vehicle's record with its gaps filled by what was said."""
    given = {"customer_id": sighting.customer_id, **sighting.fields}
    gaps = {name: value for name, value in given.items() if value is not None and record.get(name) is None}
    return {**record, **gaps}


async def _write(
    connection: AsyncConnection, rows: list[tuple[VehicleKey, str, dict[str, Any], int]], now: datetime
) -> None:
    values = [
        {
            "dealer_id": dealer_id,
            "vin": vin,
            "vin_key": key,
            "record": record,
            "version": version,
            "created_at": now,
            "updated_at": now,
        }
        for (dealer_id, key), vin, record, version in rows
    ]
    await upsert_all(connection, vehicle, values, kept=["created_at"])


async def _schedule(
    connection: AsyncConnection,
    vehicles: Sequence[tuple[VehicleKey, str, Mapping[str, Any]]],
    policies: Mapping[str, Policies],
    now: datetime,
) -> None:
    """Place the triggers of what has become known of these vehicles."""
    if not vehicles:
        return
    placed = [
        Placed(dealer_id, vin, record.get("customer_id"), triggers)
        for (dealer_id, _), vin, record in vehicles
        if (triggers := list(triggers_of("vehicle", record, policies[dealer_id], now).values()))
    ]
    await place_triggers(connection, placed, [one.name for one in series_of("vehicle")], now)


_RECORDS: Final = Prepared(
    select(customer.c.dealer_id, customer.c.customer_id, customer.c.record).where(
        in_keys(customer.c.dealer_id, customer.c.customer_id)
    )
)
_VEHICLES: Final = Prepared(
    select(vehicle.c.dealer_id, vehicle.c.vin, vehicle.c.vin_key, vehicle.c.record, vehicle.c.version)
    .where(in_keys(vehicle.c.dealer_id, vehicle.c.vin_key))
    .order_by(*vehicle.primary_key)
    .with_for_update()
)
