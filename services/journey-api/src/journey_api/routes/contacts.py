"""Contacts: what was said to and by a customer, whoever's system knows of it."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import NowDep, PrincipalDep, StackDep, TransactionDep, check_dealer, requires
from journey_api.http.auth import Principal
from journey_api.http.field_types import ContactChannel, ContactKind, ContactOutcome, Id
from journey_api.http.instants import InstantText
from journey_api.http.problems import invalid
from journey_api.http.schema_rules import all_of, given
from journey_api.reference.named_people import unknown_person
from shared.cases.store import load_case
from shared.commands.record_contact import NewContact, record_contact
from shared.db.schema import staff
from shared.people.merged_customers import lock_customer
from shared.playbook.ruleset.entries import Playbook
from shared.tasks.store import TaskNotFound, load_task

router = keyed_router("contacts")
AHEAD: Final = timedelta(minutes=5)
"""How far a contact may lie ahead of our clock."""

Words = Annotated[str, StringConstraints(max_length=10_000)]


_OUTBOUND: Final = all_of({"if": {"properties": {"direction": {"const": "outbound"}}}, "then": given("kind")})


class ContactBody(BaseModel):
    """A contact. `at` defaults to now; `kind` is required when outbound; `options`: how many a proposal offers."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_OUTBOUND)

    dealer_id: Id
    customer_id: Id
    case_id: Id | None = None
    task_id: Id | None = None
    direction: Literal["inbound", "outbound"]
    channel: ContactChannel
    at: InstantText | None = None
    staff_id: Id | None = None
    kind: ContactKind | None = None
    outcome: ContactOutcome | None = None
    options: Annotated[StrictInt, Field(ge=0, le=1_000)] | None = None
    text: Words | None = None


@router.post("/contacts", status_code=201, dependencies=[Depends(requires("events:write", "tasks:write"))])
async def post_contact(
    body: ContactBody, stack: StackDep, principal: PrincipalDep, connection: TransactionDep, now: NowDep
) -> dict[str, Any]:
    """Record a contact; outbound answers stop clocks, inbound ones may start them."""
    return await log_contact(connection, stack.playbook, principal, body, now)


async def log_contact(
    connection: AsyncConnection, playbook: Playbook, principal: Principal, body: ContactBody, now: datetime
) -> dict[str, Any]:
    """Record a contact as the caller; answers it with its ids. Raises Problem 403, 422."""
    if body.direction == "outbound":
        principal.require("tasks:write")
    _check_words(body, now)
    await _check_people(connection, principal, body)
    customer_id = await lock_customer(connection, body.dealer_id, body.customer_id)
    body = body.model_copy(update={"customer_id": customer_id})
    await _check_matter(connection, body)
    given = body.model_dump() | {"at": body.at or now, "staff_id": body.staff_id or principal.staff_id}
    recorded = await record_contact(connection, playbook, NewContact(**given), now)
    return given | {"contact_id": recorded.contact_id, "case_id": recorded.case_id, "automatic": False}


def _check_words(body: ContactBody, now: datetime) -> None:
    if body.direction == "outbound" and body.kind is None:
        raise invalid("/kind", "required", "An outbound contact has a kind")
    if body.at is not None and body.at - now > AHEAD:
        raise invalid("/at", "ahead_of_clock", "More than 5 minutes ahead of our clock")


async def _check_people(connection: AsyncConnection, principal: Principal, body: ContactBody) -> None:
    """That the dealer is the caller's and the person is the dealer's."""
    await check_dealer(connection, principal, body.dealer_id)
    principal.act_as(body.staff_id)
    if body.staff_id is None:
        return
    known = set(await connection.scalars(select(staff.c.staff_id).where(staff.c.dealer_id == body.dealer_id)))
    if body.staff_id not in known:
        raise unknown_person("/staff_id", body.staff_id, known)


async def _check_matter(connection: AsyncConnection, body: ContactBody) -> None:
    """That case and task are the customer's, and the task's case is the one named."""
    if body.case_id is not None:
        case = await load_case(connection, body.dealer_id, body.case_id)
        if case is None or case.customer_id != body.customer_id:
            raise invalid("/case_id", "unknown_id", "The customer has no such case")
    if body.task_id is not None:
        try:
            task = await load_task(connection, body.task_id)
        except TaskNotFound:
            raise invalid("/task_id", "unknown_id", "The customer has no such task") from None
        if (task.dealer_id, task.customer_id) != (body.dealer_id, body.customer_id):
            raise invalid("/task_id", "unknown_id", "The customer has no such task")
        if body.case_id not in (None, task.case_id):
            raise invalid("/task_id", "of_another", "The task belongs to another case")
