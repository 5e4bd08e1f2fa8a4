"""Whom a record names: customers and staff that the dealer has to know."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from pydantic import BaseModel
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.nearest import nearest
from journey_api.http.problems import Problem, invalid
from journey_api.reference.models import Staff
from shared.db.schema import customer, journey_event, staff
from shared.faults import Fault

NO_CUSTOMER: Final = "The dealer has no such customer"
_NO_PERSON: Final = "The dealer has no such person"


class _Named(NamedTuple):
    """A person that a record names, and where."""

    pointer: str
    identity: str


async def check_named_people(connection: AsyncConnection, dealer_id: str, record: BaseModel) -> list[Fault]:
    """A fault for each customer and member of staff that the record names and the dealer does not have."""
    faults = []
    named = getattr(record, "customer_id", None) if "customer_id" not in _own_fields(record) else None
    if named is not None and not await is_customer(connection, dealer_id, named):
        faults.append(Fault("/customer_id", "unknown_id", NO_CUSTOMER))
    return faults + await _unknown_staff(connection, dealer_id, list(_staff_of(record)))


async def is_customer(connection: AsyncConnection, dealer_id: str, customer_id: str) -> bool:
    """Whether the dealer knows the customer: by a profile, or by an event that is still to begin one."""
    known = [
        exists().where(table.c.dealer_id == dealer_id, table.c.customer_id == customer_id)
        for table in (customer, journey_event)
    ]
    return bool(await connection.scalar(select(known[0] | known[1])))


def unknown_person(pointer: str, named: str, known: Iterable[str]) -> Problem:
    """The refusal of somebody who is not of the dealer's staff; `known` are the ids of those who are."""
    return invalid(pointer, "unknown_person", _NO_PERSON, nearest(named, sorted(known)))


def _own_fields(record: BaseModel) -> set[str]:
    """The fields by which answers say which record it is."""
    return {name for name, field in type(record).model_fields.items() if field.exclude}


def _staff_of(record: BaseModel) -> Iterator[_Named]:
    for name in ("staff_id", "substitute_id", "manager_id"):
        named = getattr(record, name, None)
        if named is not None and name not in _own_fields(record):
            yield _Named(f"/{name}", named)
    if isinstance(record, Staff):
        for index, leave in enumerate(record.leave):
            if leave.substitute_id is not None:
                yield _Named(f"/leave/{index}/substitute_id", leave.substitute_id)


async def _unknown_staff(connection: AsyncConnection, dealer_id: str, named: list[_Named]) -> list[Fault]:
    if not named:
        return []
    query = select(staff.c.staff_id).where(staff.c.dealer_id == dealer_id).order_by(staff.c.staff_id)
    known = list(await connection.scalars(query))
    return [
        Fault(one.pointer, "unknown_person", _NO_PERSON, nearest(one.identity, known))
        for one in named
        if one.identity not in set(known)
    ]
