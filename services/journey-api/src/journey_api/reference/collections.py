"""The kinds of records: where they live, what they are called, what is searched, how they are shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel
from sqlalchemy import Column, Table

from journey_api.reference.dealer_record import Dealer
from journey_api.reference.models import Appointment, Customer, Order, Staff, Vehicle
from journey_api.reference.settled_dealer import settle_dealer
from shared.db.schema import appointment, customer, customer_order, dealer, staff, vehicle
from shared.vehicle_ids import vehicle_key

Settle = Callable[[Mapping[str, Any], Mapping[str, Any], datetime], dict[str, Any]]
"""What is stored of a document over another at an instant."""

_LONGEST_VIN: Final = 64
"""With all its blanks and hyphens: a longer text names no vehicle that is compared."""


def _as_given(document: Mapping[str, Any], _stored: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    return dict(document)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record: its path and the name of its id there, its table and the column of its id there.

    `searched` are the fields a list's `query` looks into beside the id, where there are too few records for an index
    (`record_search`). `settle`: what is stored of a document over the one that is there.
    """

    path: str
    parameter: str
    table: Table
    identity: str
    model: type[BaseModel]
    searched: tuple[str, ...] = ()
    settle: Settle = _as_given

    @property
    def key(self) -> Column[Any]:
        """The column of the record's own id."""
        return self.table.c[self.identity]

    @property
    def word(self) -> str:
        """What one record of the kind is called."""
        return self.model.__name__.lower()

    def other_id(self, record: BaseModel, dealer_id: str, identity: str) -> str | None:
        """The field of a record as sent that names another record than the one at this place, if one does."""
        expected = {self.parameter: identity, self.identity: identity, "dealer_id": dealer_id}
        given = ((name, getattr(record, name)) for name in expected if type(record).model_fields[name].exclude)
        return next((name for name, value in given if self._is_other(name, value, expected[name])), None)

    def _is_other(self, name: str, written: str | None, expected: str) -> bool:
        if written is None or written == expected:
            return False
        is_vin = self.table is vehicle and name != "dealer_id" and len(written) <= _LONGEST_VIN
        return not is_vin or vehicle_key(written) != vehicle_key(expected)

    def document(self, record: BaseModel) -> dict[str, Any]:
        """What is stored: no field that is null."""
        dumped = record.model_dump(mode="json", by_alias=True)
        return {name: value for name, value in dumped.items() if value is not None}

    def complete(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """A stored document with every field of the kind; the missing ones are null or the default."""
        return {**DEFAULTS[self.model], **document}


DEALER: Final = Kind("", "dealer_id", dealer, "dealer_id", Dealer, ("name",), settle_dealer)
STAFF: Final = Kind("staff", "staff_id", staff, "staff_id", Staff, ("name", "roles"))
CUSTOMER: Final = Kind("customers", "customer_id", customer, "customer_id", Customer)
VEHICLE: Final = Kind("vehicles", "vin", vehicle, "vin", Vehicle)
APPOINTMENT: Final = Kind("appointments", "id", appointment, "appointment_id", Appointment)
ORDER: Final = Kind("orders", "id", customer_order, "order_id", Order)


def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    blank = model.model_construct()
    shown = blank.model_dump(mode="json", by_alias=True, warnings=False)
    return {name: shown.get(name) for name, field in model.model_fields.items() if not field.exclude}


DEFAULTS: Final = {kind.model: _defaults(kind.model) for kind in (DEALER, STAFF, CUSTOMER, VEHICLE, APPOINTMENT, ORDER)}
"""What each field of a kind is when nobody has said anything."""
