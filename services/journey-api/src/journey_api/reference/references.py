"""What refers to a record of reference data, and so keeps it from being deleted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Table, and_, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.reference.collections import APPOINTMENT, CUSTOMER, DEALER, ORDER, STAFF, VEHICLE, Kind
from shared.db.schema import (
    api_key,
    appointment,
    case_status_change,
    comment,
    contact,
    customer,
    customer_order,
    journey_case,
    journey_event,
    notification,
    promise,
    promise_event,
    sla_timer,
    staff,
    staff_message,
    task,
    task_event,
    vehicle,
)
from shared.vehicle_ids import vehicle_key

Condition = Callable[[str], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Reference:
    """A table whose rows may refer to a record: what one is called, its id, and which rows refer."""

    what: str
    table: Table
    shown: Column[Any]
    refers: Condition


def _is(*columns: ColumnElement[Any]) -> Condition:
    return lambda identity: or_(*(column == identity for column in columns))


def _in_record(table: Table, *fields: str) -> Condition:
    return lambda identity: or_(*(table.c.record[field].astext == identity for field in fields))


def _stands_in(identity: str) -> ColumnElement[bool]:
    """Whether a member of staff names the person as substitute or manager."""
    named = _in_record(staff, "substitute_id", "manager_id")(identity)
    return or_(named, staff.c.record.contains({"leave": [{"substitute_id": identity}]}))


def _is_vehicle(vin: ColumnElement[Any]) -> Condition:
    """Whether it names the vehicle, however the VIN is written."""
    return lambda identity: func.vehicle_key(vin) == vehicle_key(identity)


_OF_CUSTOMER: Final = {
    "event": (journey_event, journey_event.c.event_id),
    "case": (journey_case, journey_case.c.case_id),
    "task": (task, task.c.task_id),
    "contact": (contact, contact.c.contact_id),
    "notification": (notification, notification.c.notification_id),
    "vehicle": (vehicle, vehicle.c.vin),
    "appointment": (appointment, appointment.c.appointment_id),
    "order": (customer_order, customer_order.c.order_id),
    "promise": (promise, promise.c.promise_id),
}

REFERENCES: Final[Mapping[Kind, Sequence[Reference]]] = {
    CUSTOMER: [
        *(Reference(what, table, shown, _is(table.c.customer_id)) for what, (table, shown) in _OF_CUSTOMER.items()),
        Reference("merged customer", customer, customer.c.customer_id, _is(customer.c.merged_into)),
    ],
    STAFF: [
        Reference(
            "event",
            journey_event,
            journey_event.c.event_id,
            _is(journey_event.c.data["observed_by"]["staff_id"].astext),
        ),
        Reference("case", journey_case, journey_case.c.case_id, _is(journey_case.c.owner_staff_id)),
        Reference("closing of a case", case_status_change, case_status_change.c.case_id, _is(case_status_change.c.by)),
        Reference("task", task, task.c.task_id, _is(task.c.offered_to, task.c.assignee_id, task.c.started_by)),
        Reference("change of a task", task_event, task_event.c.task_id, _is(task_event.c.by)),
        Reference("comment", comment, comment.c.comment_id, _is(comment.c.staff_id)),
        Reference("contact", contact, contact.c.contact_id, _is(contact.c.staff_id)),
        Reference("notification", notification, notification.c.notification_id, _is(notification.c.staff_id)),
        Reference("message", staff_message, staff_message.c.notification_id, _is(staff_message.c.staff_id)),
        Reference("clock", sla_timer, sla_timer.c.timer_id, _is(sla_timer.c.owner_staff_id)),
        Reference("appointment", appointment, appointment.c.appointment_id, _in_record(appointment, "staff_id")),
        Reference("promise", promise, promise.c.promise_id, _is(promise.c.given_by, promise.c.owner_staff_id)),
        Reference("change of a promise", promise_event, promise_event.c.promise_id, _is(promise_event.c.by)),
        Reference("member of staff", staff, staff.c.staff_id, _stands_in),
        Reference("key", api_key, api_key.c.key_id, _is(api_key.c.staff_id)),
    ],
    VEHICLE: [
        Reference(what, table, shown, _is_vehicle(vin))
        for what, table, shown, vin in (
            ("event", journey_event, journey_event.c.event_id, journey_event.c.data["vehicle"]["vin"].astext),
            ("case", journey_case, journey_case.c.case_id, journey_case.c.vehicle["vin"].astext),
            ("appointment", appointment, appointment.c.appointment_id, appointment.c.record["vin"].astext),
            ("order", customer_order, customer_order.c.order_id, customer_order.c.record["vin"].astext),
        )
    ],
    APPOINTMENT: [Reference("promise", promise, promise.c.promise_id, _is(promise.c.appointment_id))],
    ORDER: [
        Reference(
            "promise",
            promise,
            promise.c.promise_id,
            # the order's own promise is withdrawn with it
            lambda order: and_(promise.c.order_id == order, promise.c.origin == "person"),
        )
    ],
    DEALER: [
        *(Reference(what, table, shown, _is(table.c.dealer_id)) for what, (table, shown) in _OF_CUSTOMER.items()),
        Reference("customer", customer, customer.c.customer_id, _is(customer.c.dealer_id)),
        Reference("member of staff", staff, staff.c.staff_id, _is(staff.c.dealer_id)),
        Reference("key", api_key, api_key.c.key_id, lambda dealer: api_key.c.dealers.contains([dealer])),
    ],
}
"""By kind of record."""


async def find_references(connection: AsyncConnection, kind: Kind, dealer_id: str, identity: str) -> list[str]:
    """One of each kind of thing that refers to the record, as words: `case K-1`."""
    queries = [_query(one, dealer_id, identity) for one in REFERENCES.get(kind, ())]
    if not queries:
        return []
    rows = await connection.execute(union_all(*queries))
    return [f"{row.what} {row.shown}" for row in rows if row.shown is not None]


def _query(one: Reference, dealer_id: str, identity: str) -> Any:
    found = select(one.shown.label("shown")).where(one.refers(identity))
    if one.table is api_key:
        found = found.where(or_(api_key.c.dealers.contains([dealer_id]), api_key.c.dealers.contains(["*"])))
        found = found.where(api_key.c.revoked_at.is_(None))
    else:
        found = found.where(one.table.c.dealer_id == dealer_id)
    first = found.limit(1).subquery()
    return select(literal(one.what).label("what"), func.min(first.c.shown).label("shown"))
