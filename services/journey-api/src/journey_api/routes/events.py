"""`GET /v1/events/{event_id}`: what became of an event."""

from typing import Annotated, Any

from fastapi import Depends, Path

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import StackDep, TransactionDep, requires
from journey_api.http.languages import LanguageDep
from journey_api.http.problems import not_found
from journey_api.intake.outcome import read_outcome

router = keyed_router("events", dependencies=[Depends(requires("events:write"))])


@router.get("/events/{event_id}")
async def read_event(
    event_id: Annotated[str, Path()], stack: StackDep, connection: TransactionDep, language: LanguageDep
) -> dict[str, Any]:
    """The state of an event, what the playbook decided, and the tasks and suggestions it led to."""
    outcome = await read_outcome(connection, event_id, stack.playbook.texts, language)
    if outcome is None:
        raise not_found()
    return outcome
