"""An accepted event as stored, and as the playbook reads it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.prepared import Prepared
from shared.db.schema import journey_event
from shared.ids import VehicleKey
from shared.playbook.fact_types import flatten_facts
from shared.playbook.types import JourneyEvent, Vehicle

_COLUMNS: Final = journey_event.c
_NAMED: Final = Prepared(
    select(
        _COLUMNS.event_id,
        _COLUMNS.dealer_id,
        _COLUMNS.customer_id,
        _COLUMNS.occurred_at,
        _COLUMNS.intent,
        _COLUMNS.data,
    ).where(_COLUMNS.event_id == func.any(bindparam("event_ids", type_=ARRAY(Text))))
)
"""The fields of `StoredEvent`, in their order."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as accepted; `data` is the contract's data without personal words, nothing in it null."""

    event_id: str
    dealer_id: str
    customer_id: str | None
    occurred_at: datetime
    intent: str
    data: Mapping[str, Any]

    @property
    def live(self) -> bool:
        """Whether anything may come of it; an imported one is only kept."""
        return self.intent == "live"

    @property
    def vehicle(self) -> dict[str, str]:
        """What it says of the vehicle: vin, plate, delivered_on, registered_on."""
        given = self.data.get("vehicle") or {}
        return {name: value for name, value in given.items() if value}


async def load_events(connection: AsyncConnection, event_ids: Collection[str]) -> dict[str, StoredEvent]:
    """The events of these ids, by id, in one statement."""
    if not event_ids:
        return {}
    rows = await _NAMED.rows(connection, {"event_ids": sorted(set(event_ids))})
    return {row.event_id: StoredEvent(*row) for row in rows}


def read_event(event: StoredEvent) -> JourneyEvent:
    """The event as the playbook reads it; its vehicle's delivery day is still the one it gives itself."""
    data = event.data
    vehicle = event.vehicle
    delivered_on = vehicle.get("delivered_on")
    return JourneyEvent(
        event_id=event.event_id,
        dealer_id=event.dealer_id,
        observer=data["observed_by"]["role"],
        staff_id=data["observed_by"].get("staff_id"),
        time=event.occurred_at,
        customer_id=event.customer_id,
        step=data.get("step"),
        occurrences=tuple(data.get("occurrences") or ()),
        topics=tuple(data.get("topics") or ()),
        facts=flatten_facts(data.get("facts") or {}),
        channel=data.get("channel"),
        intent=event.intent,
        vehicle=Vehicle(vehicle.get("vin"), date.fromisoformat(delivered_on) if delivered_on else None),
        case_id=data.get("case_id"),
    )


def with_delivery_day(event: JourneyEvent, delivered: Mapping[VehicleKey, date]) -> JourneyEvent:
    """The event with the delivery day of the vehicle's record, where there is one, in place of its own."""
    vin = event.vehicle.vin
    day = delivered.get((event.dealer_id, vin)) if vin else None
    return replace(event, vehicle=Vehicle(vin, day)) if day else event
