"""Handoffs that a person starts."""

from typing import Annotated, Any

from fastapi import Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import (
    NowDep,
    PrincipalDep,
    StackDep,
    TransactionDep,
    acting_person,
    check_dealer,
    requires,
)
from journey_api.handoffs.start import start_by_hand
from journey_api.handoffs.suggestion_list import SuggestionFilter, list_suggestions, place_of, suggestion_document
from journey_api.handoffs.validation import HandoffRequest
from journey_api.http.auth import Principal
from journey_api.http.field_types import MOST_ITEMS, Id, Role, Step, Topic
from journey_api.http.languages import AskedLanguageDep
from journey_api.http.pagination import PageDep
from journey_api.intake.event_facts import Facts
from journey_api.routes.tasks import ReaderDep, answer_task
from journey_api.tasks.documents import load_language_codes
from shared.lifecycle import Task
from shared.playbook.fact_types import flatten_facts
from shared.tasks.unit_of_work import TaskChanges

router = keyed_router("handoffs")
Text = Annotated[str | None, Query(max_length=200)]


class HandoffBody(BaseModel):
    """What a person hands over, by an entry of the playbook; what is left out comes of the event and the case."""

    model_config = ConfigDict(extra="forbid")

    entry: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    dealer_id: Id
    staff_id: Id
    customer_id: Id | None = None
    step: Step = None
    case_id: Id | None = None
    event_id: Id | None = None
    suggestion_id: Id | None = None
    to_role: Role | None = None
    to_staff_id: Id | None = None
    topics: Annotated[list[Topic], Field(max_length=MOST_ITEMS)] | None = None
    facts: Facts | None = None
    note: Annotated[str, StringConstraints(max_length=10_000)] | None = None

    def handoff(self) -> HandoffRequest:
        """The same as values."""
        values = self.model_dump(exclude={"staff_id", "topics", "facts"})
        facts = self.facts.model_dump(exclude_none=True) if self.facts else {}
        return HandoffRequest(**values, topics=tuple(self.topics or ()), facts=flatten_facts(facts))


@router.post("/handoffs", status_code=201, dependencies=[Depends(requires("tasks:write"))])
async def post_handoff(
    response: Response,
    body: HandoffBody,
    stack: StackDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    connection: TransactionDep,
    now: NowDep,
) -> dict[str, Any]:
    """Start a manual arrow, a suggestion, an IN or FB entry; answers the task, new or joined."""
    changes = TaskChanges(connection, stack.playbook, now)
    task = await start_handoff(changes, principal, body)
    people = await changes.directory(body.dealer_id)
    return await answer_task(connection, response, task, reader, now, [people])


async def start_handoff(changes: TaskChanges, principal: Principal, body: HandoffBody) -> Task:
    """Start a handoff as the caller, and publish; the task there is then. Raises Problem 403, 409, 422."""
    await check_dealer(changes.connection, principal, body.dealer_id)
    people = await changes.directory(body.dealer_id)
    actor = acting_person(principal, people, body.staff_id)
    return await start_by_hand(changes, body.handoff(), actor)


@router.get("/suggestions", dependencies=[Depends(requires("events:write", "tasks:read", "ops:read"))])
async def get_suggestions(
    stack: StackDep,
    connection: TransactionDep,
    page: PageDep,
    asked: AskedLanguageDep,
    dealer_id: Text = None,
    customer_id: Text = None,
    case_id: Text = None,
    event_id: Text = None,
    role: Annotated[list[Role] | None, Query(description="The role that may take it.")] = None,
    taken: Annotated[bool | None, Query(description="false: neither taken nor void.")] = None,
) -> dict[str, Any]:
    """What people may start because of an event, the newest first."""
    wanted = SuggestionFilter(dealer_id, customer_id, case_id, event_id, role, taken)
    rows = await list_suggestions(connection, stack.playbook, wanted, page)
    codes = await load_language_codes(connection, {row.dealer_id for row in rows}, asked)
    return page.answer(rows, lambda row: suggestion_document(row, stack.playbook, codes[row.dealer_id]), place_of)
