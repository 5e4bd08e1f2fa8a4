"""What the lists of vehicles, appointments and orders are narrowed by beside words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from fastapi import Query
from sqlalchemy import ColumnElement, DateTime, Text, cast, func, select

from journey_api.http.field_types import AppointmentStatus, Id
from journey_api.http.periods import Period, PeriodDep
from journey_api.reference.collections import APPOINTMENT, ORDER, VEHICLE, Kind
from shared.db.schema import dealer

_CUSTOMER: Final = "Only this customer's."
_Status = Annotated[list[Annotated[str, Query(max_length=200)]] | None, Query(description="Any of these.")]


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """`period`: of the beginning of an appointment, of the day an order was placed."""

    customer_id: str | None = None
    status: Sequence[str] | None = None
    period: Period = field(default_factory=Period)

    def clauses(self, kind: Kind) -> list[ColumnElement[bool]]:
        """The conditions of the rows of a kind."""
        table = kind.table
        found = [] if self.customer_id is None else [table.c.customer_id == self.customer_id]
        if self.status is not None:
            found.append(table.c.record["status"].astext.in_(self.status))
        zone = select(dealer.c.record["time_zone"].astext).where(dealer.c.dealer_id == table.c.dealer_id)
        instant = _instant(kind, zone.scalar_subquery()) if kind in (APPOINTMENT, ORDER) else None
        return found if instant is None else found + self.period.clauses(instant, zone.scalar_subquery())


def _instant(kind: Kind, zone: ColumnElement[Any]) -> ColumnElement[Any]:
    record = kind.table.c.record
    if kind is APPOINTMENT:
        return cast(record["starts_at"].astext, DateTime(timezone=True))
    return func.timezone(cast(zone, Text), cast(record["placed_on"].astext, DateTime()))


def _none() -> RecordFilter:
    return RecordFilter()


def _of_vehicles(customer_id: Annotated[Id | None, Query(description=_CUSTOMER)] = None) -> RecordFilter:
    return RecordFilter(customer_id)


def _of_appointments(
    period: PeriodDep,
    customer_id: Annotated[Id | None, Query(description=_CUSTOMER)] = None,
    status: Annotated[list[AppointmentStatus] | None, Query(description="Any of these.")] = None,
) -> RecordFilter:
    return RecordFilter(customer_id, status, period)


def _of_orders(
    period: PeriodDep,
    customer_id: Annotated[Id | None, Query(description=_CUSTOMER)] = None,
    status: _Status = None,
) -> RecordFilter:
    return RecordFilter(customer_id, status, period)


def filter_of(kind: Kind) -> Any:
    """The dependency that reads the filter of a kind's list."""
    return {VEHICLE: _of_vehicles, APPOINTMENT: _of_appointments, ORDER: _of_orders}.get(kind, _none)
