"""Whose addresses a caller may see whole; everybody else's are masked."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.auth import ADMIN, Principal
from shared.db.schema import journey_case, task
from shared.lifecycle import Actor
from shared.people.staff import Directory, directory
from shared.vocabulary import OPEN_STATUSES

CustomerKey = tuple[str, str]
_SYSTEM_OF_RECORD: Final = "events:write"
_BACK_END: Final = "tasks:write"
_NONE_LOADED: Final[Mapping[str, Directory]] = MappingProxyType({})


def sees_every_address(principal: Principal) -> bool:
    """Whether no address is masked: for an admin, the system of record, and the back end of a staff app."""
    if principal.may([ADMIN]) or principal.may([_SYSTEM_OF_RECORD]):
        return True
    return principal.staff_id is None and principal.may([_BACK_END])


async def visible_customers(
    connection: AsyncConnection,
    principal: Principal,
    customers: Collection[CustomerKey],
    directories: Mapping[str, Directory] = _NONE_LOADED,
) -> set[CustomerKey]:
    """Those of the customers (dealer, customer) whose addresses the caller may see.

    `directories`: those that the caller of this function has loaded already, by dealer.
    """
    if sees_every_address(principal):
        return set(customers)
    return await customers_of_reader(connection, principal, customers, directories)


async def customers_of_reader(
    connection: AsyncConnection,
    principal: Principal,
    customers: Collection[CustomerKey],
    directories: Mapping[str, Directory] = _NONE_LOADED,
) -> set[CustomerKey]:
    """Those of the customers (dealer, customer) whose addresses the person of the key may see.

    The person has a task of the customer or is offered one, owns an open case of the customer, or leads a role that
    holds one of them.
    """
    dealers = sorted({dealer_id for dealer_id, _ in customers if principal.sees(dealer_id)})
    if principal.staff_id is None or principal.sees_all or len(principal.dealers) != 1 or not dealers:
        return set()
    (dealer_id,) = dealers
    people = directories.get(dealer_id) or await directory(connection, dealer_id)
    actor = people.actor(principal.staff_id)
    if actor is None:
        return set()
    wanted = sorted({customer_id for _, customer_id in customers})
    held = select(task.c.customer_id).where(
        task.c.dealer_id == dealer_id,
        task.c.customer_id.in_(wanted),
        task.c.status.in_(OPEN_STATUSES),
        _works_on(actor),
    )
    owned = select(journey_case.c.customer_id).where(
        journey_case.c.dealer_id == dealer_id,
        journey_case.c.customer_id.in_(wanted),
        journey_case.c.status == "open",
        _owns(actor),
    )
    return {(dealer_id, customer_id) for customer_id in await connection.scalars(held.union(owned))}


def _works_on(actor: Actor) -> ColumnElement[bool]:
    columns = task.c
    return or_(
        columns.assignee_id == actor.staff_id,
        and_(columns.assignee_id.is_(None), columns.offered_to == actor.staff_id),
        columns.to_role.in_(sorted(actor.leads)),
    )


def _owns(actor: Actor) -> ColumnElement[bool]:
    columns = journey_case.c
    by_role = and_(columns.owner_staff_id.is_(None), columns.owner_role.in_(sorted(actor.roles)))
    return or_(columns.owner_staff_id == actor.staff_id, by_role, columns.owner_role.in_(sorted(actor.leads)))
