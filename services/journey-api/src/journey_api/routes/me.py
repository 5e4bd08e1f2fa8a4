"""`/v1/me`: who the caller is, and whether the person behind the key is at work."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import NowDep, PrincipalDep, StackDep, TransactionDep
from journey_api.http.auth import BOOTSTRAP_KEY_NAME, Principal
from journey_api.http.etags import Expected
from journey_api.http.problems import Problem, not_found
from journey_api.reference.collections import STAFF
from journey_api.reference.models import Staff
from journey_api.reference.store import Place, put_record, read_record
from shared.commands.change_staff import follow_staff
from shared.db.schema import dealer
from shared.playbook.ruleset.entries import Playbook

router = keyed_router("sessions")
Presence = Literal["present", "away", "off"]


class PresenceRequest(BaseModel):
    """Whether the person is at work."""

    model_config = ConfigDict(extra="forbid")

    presence: Presence


class OwnDealer(BaseModel):
    """A dealer of the key."""

    dealer_id: str
    name: str | None


class OwnStaff(BaseModel):
    """The person a key is bound to."""

    staff_id: str
    name: str | None
    roles: list[str]
    lead_of: list[str]
    presence: Presence
    dealer_id: str


class Me(BaseModel):
    """The caller. `key_id` is `bootstrap` for the bootstrap key."""

    key_id: str | None
    name: str
    scopes: list[str]
    dealers: list[OwnDealer]
    staff: OwnStaff | None


@router.get("/me")
async def read_me(principal: PrincipalDep, connection: TransactionDep) -> Me:
    """Who the caller is: key, scopes, dealers, and the person the key is bound to."""
    return await describe_me(connection, principal)


@router.put("/me/presence")
async def put_presence(
    wanted: PresenceRequest, stack: StackDep, principal: PrincipalDep, connection: TransactionDep, now: NowDep
) -> Me:
    """Say whether one is at work: queued tasks are offered to who has turned up. 403 for a key without a person."""
    await change_presence(connection, stack.playbook, principal, wanted.presence, now)
    return await describe_me(connection, principal)


async def change_presence(
    connection: AsyncConnection, playbook: Playbook, principal: Principal, presence: Presence, now: datetime
) -> None:
    """Store whether the caller's person is at work and offer what is queued. Raises Problem 403, 404."""
    place = await _own_place(connection, principal)
    if place is None:
        raise Problem(403, "This key is bound to no person.", code="person")
    row = await read_record(connection, place)
    if row is None:
        raise not_found()
    record = Staff.model_validate({**row.record, "presence": presence})
    await put_record(connection, playbook, place, record, Expected(None), now)
    await follow_staff(connection, playbook, place.dealer_id, place.identity, now)


async def describe_me(connection: AsyncConnection, principal: Principal) -> Me:
    """The caller as `/v1/me` tells it; the transaction sees the caller's dealers."""
    rows = await connection.execute(
        select(dealer.c.dealer_id, dealer.c.record["name"].astext.label("name")).order_by(dealer.c.dealer_id)
    )
    return Me(
        key_id=principal.key_id,
        name=principal.owner or BOOTSTRAP_KEY_NAME,
        scopes=sorted(principal.scopes),
        dealers=[OwnDealer(dealer_id=row.dealer_id, name=row.name) for row in rows],
        staff=await _own_staff(connection, principal),
    )


async def _own_place(connection: AsyncConnection, principal: Principal) -> Place | None:
    """Where the record of the key's person is; a key bound to a person is bound to one dealer."""
    if principal.staff_id is None or len(principal.dealers) != 1:
        return None
    return Place(STAFF, next(iter(principal.dealers)), principal.staff_id)


async def _own_staff(connection: AsyncConnection, principal: Principal) -> OwnStaff | None:
    place = await _own_place(connection, principal)
    row = await read_record(connection, place) if place else None
    if place is None or row is None:
        return None
    record: dict[str, Any] = row.record
    return OwnStaff(
        staff_id=place.identity,
        name=record.get("name"),
        roles=record.get("roles") or [],
        lead_of=record.get("lead_of") or [],
        presence=record.get("presence") or "present",
        dealer_id=place.dealer_id,
    )
