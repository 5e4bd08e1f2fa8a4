"""Promises given to customers: lists, one, and what becomes of it."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Response
from pydantic import AwareDatetime
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import (
    NowDep,
    PrincipalDep,
    TransactionDep,
    acting_person,
    check_dealer,
    requires,
)
from journey_api.http.auth import Principal
from journey_api.http.etags import Expected, IfMatchDep, etag
from journey_api.http.pagination import PageDep
from journey_api.http.problems import not_found
from journey_api.http.query_parameters import given
from journey_api.promises.actions import Action, change_promise, make_promise
from journey_api.promises.queries import PromiseFilter, list_promises
from journey_api.promises.requests import PromiseActionBody, PromiseBody
from shared.people.staff import directory
from shared.promises.documents import PromiseDocument, promise_document
from shared.promises.store import PromiseNotFound, load_promise, lock_promise
from shared.promises.types import Promise, State

router = keyed_router("promises")
ANY_VERSION: Final = Expected(None)
Text = Annotated[str | None, Query(max_length=200)]
_READING: Final = [Depends(requires("tasks:read", "ops:read"))]
_WRITING: Final = [Depends(requires("tasks:write"))]


class PromiseList(TypedDict):
    """A page of promises."""

    items: list[PromiseDocument]
    next_cursor: str | None


@router.get("/promises", dependencies=_READING, response_model=PromiseList)
async def get_promises(
    connection: TransactionDep,
    page: PageDep,
    dealer_id: Text = None,
    customer_id: Text = None,
    case_id: Text = None,
    staff_id: Annotated[str | None, Query(max_length=200, description="Who answers for it now.")] = None,
    state: Annotated[list[State] | None, Query()] = None,
    due_before: Annotated[AwareDatetime | None, Query(description="Due earlier than this instant.")] = None,
) -> Any:
    """Promises by their date, the earliest first."""
    columns = given(
        {
            "dealer_id": dealer_id,
            "customer_id": customer_id,
            "case_id": case_id,
            "owner_staff_id": staff_id,
            "state": state,
        }
    )
    rows = await list_promises(connection, PromiseFilter(columns, due_before), page.instant_key(), page.limit)
    return page.answer(rows, promise_document, _sort_key)


@router.get("/promises/{promise_id}", dependencies=_READING)
async def get_promise(response: Response, promise_id: str, connection: TransactionDep) -> PromiseDocument:
    """One promise."""
    try:
        return _answer(response, await load_promise(connection, promise_id))
    except PromiseNotFound:
        raise not_found() from None


@router.post("/promises", status_code=201, dependencies=_WRITING)
async def post_promise(
    response: Response, body: PromiseBody, principal: PrincipalDep, connection: TransactionDep, now: NowDep
) -> PromiseDocument:
    """Give a customer a promise: its clock runs through night and holidays until it is kept, moved or withdrawn."""
    return _answer(response, await give_promise(connection, principal, body, now))


@router.post("/promises/{promise_id}/{action}", dependencies=_WRITING)
async def act_on_promise(
    response: Response,
    promise_id: str,
    action: Action,
    body: PromiseActionBody,
    principal: PrincipalDep,
    connection: TransactionDep,
    expected: IfMatchDep,
    now: NowDep,
) -> PromiseDocument:
    """Keep, move or withdraw a promise; the same again changes nothing. A moved one names its `successor_id`."""
    return _answer(response, await carry_out(connection, principal, promise_id, action, body, now, expected))


async def give_promise(connection: AsyncConnection, principal: Principal, body: PromiseBody, now: datetime) -> Promise:
    """Give a customer a promise as the caller. Raises Problem 403, 409, 422."""
    await check_dealer(connection, principal, body.dealer_id)
    acting_person(principal, await directory(connection, body.dealer_id), body.staff_id)
    return await make_promise(connection, body, now)


async def carry_out(
    connection: AsyncConnection,
    principal: Principal,
    promise_id: str,
    action: Action,
    body: PromiseActionBody,
    now: datetime,
    expected: Expected = ANY_VERSION,
) -> Promise:
    """Keep, move or withdraw a promise as the caller; answers it. Raises Problem 403, 404, 409, 412, 422."""
    try:
        promise = await lock_promise(connection, promise_id)
    except PromiseNotFound:
        raise not_found() from None
    by = promise.given_by
    named = body.staff_id or principal.staff_id
    if named is not None:
        by = acting_person(principal, await directory(connection, promise.dealer_id), named).staff_id
    expected.check(promise.version)
    return await change_promise(connection, promise, action, body, by, now)


def _answer(response: Response, promise: Promise) -> PromiseDocument:
    response.headers["ETag"] = etag(promise.version)
    return promise_document(promise)


def _sort_key(promise: Promise) -> tuple[str, str]:
    return promise.due_at.isoformat(), promise.promise_id
