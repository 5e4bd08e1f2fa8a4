"""Accepted events: the list, and what became of one."""

from typing import Annotated, Any, Final

from fastapi import Depends, Path, Query

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import StackDep, TransactionDep, requires
from journey_api.http.languages import LanguageDep
from journey_api.http.pagination import PageDep
from journey_api.http.periods import PeriodDep
from journey_api.http.problems import not_found
from journey_api.intake.event_documents import read_event_document, show_events
from journey_api.intake.event_list import EventFilter, EventOutcome, EventState, list_events, place_of

router = keyed_router("events", dependencies=[Depends(requires("events:write", "ops:read"))])
Text = Annotated[str | None, Query(max_length=1024)]
_OUTCOME: Final = "Tasks were created or merged into, something was suggested, or nothing came of it."


@router.get("/events", name="List events")
async def get_events(
    stack: StackDep,
    connection: TransactionDep,
    page: PageDep,
    language: LanguageDep,
    period: PeriodDep,
    dealer_id: Text = None,
    customer_id: Text = None,
    case_id: Text = None,
    state: Annotated[list[EventState] | None, Query()] = None,
    outcome: Annotated[EventOutcome | None, Query(description=_OUTCOME)] = None,
    source: Text = None,
) -> dict[str, Any]:
    """Events, the newest first by when they happened, without their decisions."""
    wanted = EventFilter(dealer_id, customer_id, case_id, source, state, outcome, period)
    rows = await list_events(connection, wanted, page)
    shown = await show_events(connection, rows[: page.limit], stack.playbook.texts, language)
    documents = {document["event_id"]: document for document in shown}
    return page.answer(rows, lambda row: documents[row.event_id], place_of)


@router.get("/events/{event_id}", name="Read an event")
async def get_event(
    event_id: Annotated[str, Path()], stack: StackDep, connection: TransactionDep, language: LanguageDep
) -> dict[str, Any]:
    """The state of an event, what the playbook decided, and the tasks and suggestions it led to."""
    document = await read_event_document(connection, event_id, stack.playbook.texts, language)
    if document is None:
        raise not_found()
    return document
