"""Cases: lists, one whole, closing, handing the customer on, comments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.access.app_state import Stack
from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import (
    DealerDep,
    NowDep,
    PrincipalDep,
    StackDep,
    TransactionDep,
    acting_person,
    requires,
)
from journey_api.cases.documents import comment_document, list_cases, place_of, show_cases
from journey_api.http.auth import Principal
from journey_api.http.field_types import Id, Role
from journey_api.http.languages import AskedLanguageDep
from journey_api.http.pagination import PageDep
from journey_api.http.problems import Problem, not_found
from journey_api.reference.named_people import unknown_person
from shared.cases.errors import CaseRefused
from shared.cases.store import Case, load_case, touch_cases
from shared.commands import change_case_owner as owners
from shared.commands import close_case as closing
from shared.db.schema import comment
from shared.ids import new_id
from shared.people.merged_customers import lock_customer
from shared.people.staff import directory
from shared.playbook.routing.case_owner import Owner
from shared.vocabulary import CASE_OUTCOMES

router = keyed_router("cases")
Text = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
_READING: Final = [Depends(requires("tasks:read", "ops:read"))]
_WRITING: Final = [Depends(requires("tasks:write"))]
_FORBID: Final = ConfigDict(extra="forbid")


class CloseBody(BaseModel):
    """Who closes the case, and how it ended for the customer."""

    model_config = _FORBID

    staff_id: Id
    outcome: Literal[*CASE_OUTCOMES]  # type: ignore[valid-type]


class OwnerBody(BaseModel):
    """Who answers to the customer from now on, and who says so."""

    model_config = _FORBID

    role: Role
    staff_id: Id | None = None
    by: Id


class CommentBody(BaseModel):
    """What a person remarks on a case."""

    model_config = _FORBID

    staff_id: Id
    text: Annotated[str, StringConstraints(min_length=1, max_length=10_000)]


@router.get("/dealers/{dealer_id}/cases", dependencies=_READING)
async def get_cases(
    stack: StackDep,
    dealer_id: DealerDep,
    connection: TransactionDep,
    page: PageDep,
    asked: AskedLanguageDep,
    customer_id: Text = None,
    status: Annotated[list[Literal["open", "closed"]] | None, Query()] = None,
) -> dict[str, Any]:
    """The dealer's cases, newest first."""
    wanted: dict[str, Sequence[str]] = {"status": status} if status is not None else {}
    if customer_id is not None:
        wanted["customer_id"] = [customer_id]
    found = await list_cases(connection, dealer_id, wanted, page)
    shown = await show_cases(connection, stack.playbook, found[: page.limit], asked)
    documents = {document["case_id"]: document for document in shown}
    return page.answer(found, lambda case: documents[case.case_id], place_of)


@router.get("/dealers/{dealer_id}/cases/{case_id}", dependencies=_READING)
async def get_case(
    stack: StackDep, dealer_id: DealerDep, case_id: str, connection: TransactionDep, asked: AskedLanguageDep
) -> dict[str, Any]:
    """One case whole."""
    return await _answer(stack, connection, await find_case(connection, dealer_id, case_id), asked)


@router.post("/dealers/{dealer_id}/cases/{case_id}/close", dependencies=_WRITING)
async def close_case(
    stack: StackDep,
    dealer_id: DealerDep,
    case_id: str,
    body: CloseBody,
    principal: PrincipalDep,
    connection: TransactionDep,
    now: NowDep,
    asked: AskedLanguageDep,
) -> dict[str, Any]:
    """Close the case; its open interacts close with it and its clocks end."""
    await _hold(connection, dealer_id, case_id)
    people = await directory(connection, dealer_id)
    acting_person(principal, people, body.staff_id)
    try:
        case = await closing.close(
            connection, stack.playbook, dealer_id, case_id, body.outcome, body.staff_id, now, people
        )
    except CaseRefused as refused:
        raise Problem(409, refused.detail, code=refused.code) from refused
    return await _answer(stack, connection, case, asked)


@router.post("/dealers/{dealer_id}/cases/{case_id}/owner", dependencies=_WRITING)
async def move_owner(
    stack: StackDep,
    dealer_id: DealerDep,
    case_id: str,
    body: OwnerBody,
    principal: PrincipalDep,
    connection: TransactionDep,
    now: NowDep,
    asked: AskedLanguageDep,
) -> dict[str, Any]:
    """Make another role, and person, the customer owner."""
    case = await _hold(connection, dealer_id, case_id)
    people = await directory(connection, dealer_id)
    acting_person(principal, people, body.by, "/by")
    if body.staff_id is not None:
        owner = people.actor(body.staff_id)
        if owner is None:
            raise unknown_person("/staff_id", body.staff_id, people.colleagues)
        if body.role not in owner.roles:
            raise Problem(409, f"{body.staff_id} does not hold the role {body.role}.", code="not_in_role")
    if not case.is_open:
        raise Problem(409, "The case is closed.", code="bad_state")
    moved = await owners.move_owner(connection, dealer_id, case_id, Owner(body.role, body.staff_id), now)
    return await _answer(stack, connection, moved, asked)


@router.post("/dealers/{dealer_id}/cases/{case_id}/comments", status_code=201, dependencies=_WRITING)
async def post_comment(
    dealer_id: DealerDep,
    case_id: str,
    body: CommentBody,
    principal: PrincipalDep,
    connection: TransactionDep,
    now: NowDep,
) -> dict[str, Any]:
    """Remark something on the case, for the colleagues who come after."""
    return await write_comment(connection, principal, dealer_id, case_id, body, now)


async def write_comment(
    connection: AsyncConnection, principal: Principal, dealer_id: str, case_id: str, body: CommentBody, now: datetime
) -> dict[str, Any]:
    """Keep a remark of the caller on a case; answers it. Raises Problem 403, 404, 422."""
    case = await _hold(connection, dealer_id, case_id)
    acting_person(principal, await directory(connection, dealer_id), body.staff_id)
    row = {
        "comment_id": new_id(),
        "dealer_id": dealer_id,
        "case_id": case_id,
        "customer_id": case.customer_id,
        "staff_id": body.staff_id,
        "text": body.text,
        "at": now,
    }
    await connection.execute(insert(comment).values(row))
    await touch_cases(connection, [case.key], now)
    return comment_document(row)


async def find_case(connection: AsyncConnection, dealer_id: str, case_id: str) -> Case:
    """The case of a path; 404 when the dealer has none of this id."""
    case = await load_case(connection, dealer_id, case_id) if "\x00" not in case_id else None
    if case is None:
        raise not_found()
    return case


async def _hold(connection: AsyncConnection, dealer_id: str, case_id: str) -> Case:
    """The case, its customer's lock taken."""
    case = await find_case(connection, dealer_id, case_id)
    await lock_customer(connection, dealer_id, case.customer_id)
    return await find_case(connection, dealer_id, case_id)


async def _answer(stack: Stack, connection: AsyncConnection, case: Case, asked: str | None) -> dict[str, Any]:
    (document,) = await show_cases(connection, stack.playbook, [case], asked)
    return document
