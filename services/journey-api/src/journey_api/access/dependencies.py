"""What a route asks for: the caller, its transaction, the time, its dealer, the person who acts."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import Depends, Path, Query, Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.access.app_state import Stack, stack_of
from journey_api.http.auth import Principal
from journey_api.http.nearest import nearest
from journey_api.http.problems import invalid, not_found
from journey_api.reference.named_people import unknown_person
from shared.db.schema import dealer
from shared.lifecycle import Actor
from shared.people.staff import Directory

_LOOKED_AT: Final = 1_000
"""Dealers among which the nearest are looked for."""


def read_stack(request: Request) -> Stack:
    """What the application is made of."""
    return stack_of(request)


def read_principal(request: Request) -> Principal:
    """The caller, as `KeyedRoute` authenticated it."""
    principal = request.state.principal
    assert isinstance(principal, Principal)
    return principal


StackDep = Annotated[Stack, Depends(read_stack)]
PrincipalDep = Annotated[Principal, Depends(read_principal)]


@dataclass(frozen=True, slots=True)
class Requires:
    """A dependency: the caller, who has one of the scopes (403 otherwise); none: any key will do."""

    scopes: tuple[str, ...] = ()

    def __call__(self, principal: PrincipalDep) -> Principal:
        """The caller."""
        if self.scopes:
            principal.require(*self.scopes)
        return principal


def requires(*scopes: str) -> Requires:
    """A dependency on one of the scopes."""
    return Requires(scopes)


async def open_transaction(request: Request) -> AsyncIterator[AsyncConnection]:
    """The request's transaction, bound to the caller's dealers; committed before the answer goes out."""
    held = getattr(request.state, "connection", None)
    if held is not None:
        yield held
        return
    async with stack_of(request).database.transaction(read_principal(request).reach) as connection:
        yield connection


TransactionDep = Annotated[AsyncConnection, Depends(open_transaction, scope="function")]


def read_now(stack: StackDep) -> datetime:
    """The instant of the request in domain time, one for all its acts."""
    return stack.clock()


NowDep = Annotated[datetime, Depends(read_now)]


async def known_dealer(dealer_id: Annotated[str, Path()], principal: PrincipalDep, connection: TransactionDep) -> str:
    """The dealer of the path, which exists and is the caller's; 404 otherwise."""
    if not principal.sees(dealer_id) or not await dealer_exists(connection, dealer_id):
        raise not_found()
    return dealer_id


async def check_dealer(connection: AsyncConnection, principal: Principal, dealer_id: str) -> None:
    """Raise 422 at `/dealer_id`, with the nearest of the caller's, unless it is one of the caller's dealers."""
    if not principal.sees(dealer_id) or not await dealer_exists(connection, dealer_id):
        own = await list_own_dealers(connection, principal)
        raise invalid("/dealer_id", "unknown_id", "Unknown dealer", nearest(dealer_id, own))


async def list_own_dealers(connection: AsyncConnection, principal: Principal) -> Sequence[str]:
    """The caller's dealers, of very many the first."""
    query = select(dealer.c.dealer_id).order_by(dealer.c.dealer_id).limit(_LOOKED_AT)
    if not principal.sees_all:
        query = query.where(dealer.c.dealer_id.in_(principal.dealers))
    return (await connection.scalars(query)).all()


async def dealer_exists(connection: AsyncConnection, dealer_id: str) -> bool:
    """Whether there is such a dealer among those the transaction sees."""
    query = select(dealer.c.dealer_id).where(dealer.c.dealer_id == dealer_id)
    return "\x00" not in dealer_id and (await connection.execute(query)).first() is not None


DealerDep = Annotated[str, Depends(known_dealer)]


def read_mine(
    principal: PrincipalDep,
    mine: Annotated[
        bool,
        Query(description="Only what is offered to or held by the person of the key; in feeds also the cases followed"),
    ] = False,
) -> str | None:
    """The person whose tasks alone are wanted. Raises Problem 422 for a key without one."""
    if not mine:
        return None
    if principal.staff_id is None:
        raise invalid("?mine", "needs_person", "The key is not that of a person")
    return principal.staff_id


MineDep = Annotated[str | None, Depends(read_mine)]


def acting_person(principal: Principal, people: Directory, staff_id: str, pointer: str = "/staff_id") -> Actor:
    """The person a body says acts: 403 when the key is another person's, 422 when the dealer has no such person."""
    principal.act_as(staff_id)
    actor = people.actor(staff_id, principal.key_id)
    if actor is None:
        raise unknown_person(pointer, staff_id, people.colleagues)
    return actor
