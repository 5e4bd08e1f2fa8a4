"""What events add to the records of vehicles: gaps are filled, in memory event by event, and written at the end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from pydantic_core import to_json
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.playbook_view import load_delivery_days
from shared.db.bulk import bulk_values, in_keys, unnest_keys, upsert_all
from shared.db.prepared import Prepared
from shared.db.schema import vehicle
from shared.db.write_group import Write
from shared.ids import VehicleKey
from shared.sla.policy.policy import Policies
from shared.sla.store.trigger_rows import Placed, place_triggers
from shared.sla.triggers.scheduled_triggers import triggers_of
from shared.sla.triggers.series import series_of
from shared.vehicle_ids import vehicle_key

_COLUMNS: Final = "dealer_id, vin, vin_key, record, version, created_at, updated_at"

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


@dataclass(slots=True)
class _Known:
    """A vehicle as it stands; `live`: its record as the last event that is no history left it, which is scheduled.

    `held`: it had a record, which nobody else changes until the end.
    """

    vin: str
    record: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    stored: bool = False
    held: bool = False
    changed: bool = False
    live: Mapping[str, Any] | None = None


class SeenVehicles:
    """The vehicles that a transaction's events speak of. What a record says already stays, and `write` stores the rest.

    A vehicle without a record gets one, with the VIN as it was written first. A record that learns something is one
    version on.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._known: dict[VehicleKey, _Known] = {}
        self._days: dict[VehicleKey, date] = {}
        self._asked: set[VehicleKey] = set()

    async def read(self, sightings: Iterable[VehicleSighting]) -> None:
        """Read and hold the records of these vehicles that are not known yet."""
        wanted: dict[VehicleKey, str] = {}
        for one in sightings:
            if _key(one) not in self._known:
                wanted.setdefault(_key(one), one.vin)
        if not wanted:
            return
        for row in await _VEHICLES.rows(self._connection, unnest_keys(wanted)):
            self._known[row.dealer_id, row.vin_key] = _Known(row.vin, row.record, row.version, stored=True, held=True)
        for key, vin in wanted.items():
            self._known.setdefault(key, _Known(vin))

    def fill(self, sightings: Iterable[VehicleSighting]) -> None:
        """Fill the gaps of the records, in order. The vehicles have been read."""
        for sighting in sightings:
            known = self._known[_key(sighting)]
            record = filled(known.record, sighting)
            if record != known.record or not (known.stored or known.changed):
                known.record, known.version, known.changed = record, known.version + 1, True
                known.live = record if sighting.live else known.live

    async def delivery_days(self, vins: Iterable[tuple[str, str | None]]) -> dict[VehicleKey, date]:
        """By dealer and VIN, as it is written, the day the vehicle's record says it was delivered."""
        asked = {(dealer_id, vin): (dealer_id, vehicle_key(vin)) for dealer_id, vin in vins if vin}
        unread = {key for key in asked.values() if key not in self._known} - self._asked
        self._asked |= unread
        self._days |= await load_delivery_days(self._connection, unread)
        days = {name: self._day(key) for name, key in asked.items()}
        return {name: day for name, day in days.items() if day is not None}

    async def write(self, policies: Mapping[str, Policies], now: datetime) -> None:
        """Store the records that changed, and place the triggers of what has become known.

        `policies`: of the dealers.
        """
        changed = {key: self._known[key] for key in sorted(self._known) if self._known[key].changed}
        await upsert_all(
            self._connection,
            vehicle,
            [_row(*key, known, now) for key, known in changed.items() if known.held],
            kept=["created_at"],
        )
        new = [_row(*key, known, now) for key, known in changed.items() if not known.held]
        if new:
            await _BEGIN.run(self._connection, {"rows": to_json(new).decode()})
        live = {key: known for key, known in changed.items() if known.live is not None}
        for held, names in ((True, [one.name for one in series_of("vehicle")]), (False, ())):
            placed = [
                Placed(dealer_id, known.vin, record.get("customer_id"), triggers)
                for (dealer_id, _), known in live.items()
                if known.held is held
                and (record := known.live or {})
                and (triggers := list(triggers_of("vehicle", record, policies[dealer_id], now).values()))
            ]
            # of a record that was begun nothing is withdrawn: who put it meanwhile may know more dates
            await place_triggers(self._connection, placed, names, now)
        for known in changed.values():
            known.stored, known.changed, known.live = True, False, None

    def _day(self, key: VehicleKey) -> date | None:
        known = self._known.get(key)
        if known is None:
            return self._days.get(key)
        day = known.record.get("delivered_on")
        return date.fromisoformat(day) if day is not None else None


def filled(record: Mapping[str, Any], sighting: VehicleSighting) -> dict[str, Any]:
    """The vehicle's record with its gaps filled by what was said."""
    given = {"customer_id": sighting.customer_id, **sighting.fields}
    gaps = {name: value for name, value in given.items() if value is not None and record.get(name) is None}
    return {**record, **gaps}


def _key(sighting: VehicleSighting) -> VehicleKey:
    return sighting.dealer_id, vehicle_key(sighting.vin)


def _row(dealer_id: str, vin_key: str, known: _Known, now: datetime) -> dict[str, Any]:
    return {
        "dealer_id": dealer_id,
        "vin": known.vin,
        "vin_key": vin_key,
        "record": known.record,
        "version": known.version,
        "created_at": now,
        "updated_at": now,
    }


_BEGIN: Final = Write(
    f"""
    insert into vehicle ({_COLUMNS}) select {_COLUMNS} from {bulk_values("vehicle")}
    on conflict (dealer_id, vin) do update
       set record = excluded.record || jsonb_strip_nulls(vehicle.record),
           version = greatest(excluded.version, vehicle.version + 1), updated_at = excluded.updated_at
    """
)
"""What somebody else has said of a new vehicle since it was looked for stays."""

_VEHICLES: Final = Prepared(
    select(vehicle.c.dealer_id, vehicle.c.vin, vehicle.c.vin_key, vehicle.c.record, vehicle.c.version)
    .where(in_keys(vehicle.c.dealer_id, vehicle.c.vin_key))
    .order_by(*vehicle.primary_key)
    .with_for_update()
)
