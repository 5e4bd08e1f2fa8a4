"""`/v1/keys`: an admin makes, lists and revokes API keys of its dealers."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from journey_api.access.api_keys import new_secret, secret_hash
from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import NowDep, StackDep, TransactionDep, list_own_dealers, requires
from journey_api.feeds.ended_access import ACCESS_ENDED
from journey_api.http.auth import Principal
from journey_api.http.pagination import Page, PageDep
from journey_api.http.problems import Problem, invalid, not_found
from journey_api.http.validation_errors import MOST_FAULTS
from journey_api.reference.named_people import unknown_person
from journey_api.reference.value_types import Instant
from shared.db.engine import EVERY_DEALER
from shared.db.schema import api_key, dealer, staff
from shared.faults import unknown_id
from shared.ids import new_id
from shared.messaging.postgres.pg_notify import notify

router = keyed_router("keys")
Admin = Annotated[Principal, Depends(requires("admin"))]
Scope = Literal["events:write", "tasks:read", "tasks:write", "ops:read", "admin"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class KeyRequest(BaseModel):
    """A key to make. `dealers` may be `["*"]`, every dealer, when the caller is bound to none.

    A key of a person is bound to one dealer, whose staff the person is of.
    """

    model_config = ConfigDict(extra="forbid")

    name: Text
    dealers: Annotated[list[Text], Field(min_length=1, max_length=1000)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)]
    staff_id: Text | None = None
    expires_at: Instant | None = None


class NewKey(BaseModel):
    """A key just made; `key` is shown this once."""

    key_id: str
    key: str


@router.post("/keys", status_code=201)
async def make_key(
    wanted: KeyRequest, admin: Admin, connection: TransactionDep, now: NowDep, stack: StackDep
) -> NewKey:
    """Make a key. A dealer-bound admin makes keys of its dealers only, a person's admin key only its person's."""
    if admin.staff_id is not None and wanted.staff_id != admin.staff_id:
        raise Problem(403, "This key makes keys of its own person only.", code="person")
    if wanted.expires_at is not None and wanted.expires_at <= stack.real():
        raise invalid("/expires_at", "past", "Has passed already")
    await _check_dealers(connection, admin, wanted.dealers)
    if wanted.staff_id is not None:
        await _check_person(connection, wanted.staff_id, wanted.dealers)
    key_id, secret = new_id(), new_secret()
    row = wanted.model_dump() | {"key_id": key_id, "secret_hash": secret_hash(secret), "created_at": now}
    await connection.execute(insert(api_key).values(row))
    return NewKey(key_id=key_id, key=secret)


async def _check_dealers(connection: AsyncConnection, admin: Principal, dealers: list[str]) -> None:
    named = [dealer_id for dealer_id in dealers if admin.sees(dealer_id) and dealer_id != EVERY_DEALER]
    query = select(dealer.c.dealer_id).where(dealer.c.dealer_id.in_(named))
    known = set((await connection.execute(query)).scalars()) | ({EVERY_DEALER} if admin.sees_all else set())
    strange = [(at, one) for at, one in enumerate(dealers) if one not in known]
    if strange:
        own = tuple(await list_own_dealers(connection, admin))
        faults = [unknown_id(f"/dealers/{at}", "Unknown dealer", one, own) for at, one in strange[:MOST_FAULTS]]
        raise Problem(422, "A dealer is unknown.", errors=faults)


async def _check_person(connection: AsyncConnection, staff_id: str, dealers: list[str]) -> None:
    """Raise 422 unless the dealers are one, and the person is of its staff."""
    if len(dealers) != 1 or dealers[0] == EVERY_DEALER:
        raise invalid("/dealers", "needs_one_dealer", "A key of a person is bound to exactly one dealer")
    known = set(await connection.scalars(select(staff.c.staff_id).where(staff.c.dealer_id == dealers[0])))
    if staff_id not in known:
        raise unknown_person("/staff_id", staff_id, known)


@router.get("/keys")
async def list_keys(admin: Admin, connection: TransactionDep, page: PageDep) -> dict[str, Any]:
    """The keys of the caller's dealers, newest last, without their secrets."""
    return await keys_reaching(connection, admin, page)


async def keys_reaching(
    connection: AsyncConnection, admin: Principal, page: Page, dealer_id: str | None = None
) -> dict[str, Any]:
    """The keys an admin may see, newest last; with a dealer those that reach it, keys of every dealer too."""
    query = select(api_key).where(api_key.c.revoked_at.is_(None)).order_by(api_key.c.key_id).limit(page.limit + 1)
    if not admin.sees_all:
        query = query.where(api_key.c.dealers.contained_by(sorted(admin.dealers)))
    if dealer_id is not None:
        query = query.where(api_key.c.dealers.overlap([dealer_id, EVERY_DEALER]))
    if after := page.key(str):
        query = query.where(api_key.c.key_id > after[0])
    rows = (await connection.execute(query)).all()
    return page.answer(rows, _show, lambda row: [row.key_id])


def _show(row: Row[Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {name: getattr(row, name) for name in ("key_id", "name", "dealers", "scopes", "staff_id")}
    instants: dict[str, datetime | None] = {"created_at": row.created_at, "expires_at": row.expires_at}
    return shown | instants


@router.delete("/keys/{key_id}", status_code=204)
async def revoke_key(key_id: str, admin: Admin, connection: TransactionDep, now: NowDep, stack: StackDep) -> Response:
    """Revoke a key: it stops working and its streams end, at once here, and elsewhere as soon as it is heard of."""
    change = update(api_key).where(api_key.c.key_id == key_id, api_key.c.revoked_at.is_(None)).values(revoked_at=now)
    if not admin.sees_all:
        change = change.where(api_key.c.dealers.contained_by(sorted(admin.dealers)))
    if (await connection.execute(change.returning(api_key.c.key_id))).first() is None:
        raise not_found()
    stack.keys.forget(key_id)
    await notify(connection, ACCESS_ENDED)
    return Response(status_code=204)
