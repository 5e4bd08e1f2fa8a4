"""`GET /v1/vocabulary`: the words of the contract, with their names in the caller's language."""

from typing import Any

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import StackDep
from journey_api.docs.vocabulary import vocabulary
from journey_api.http.languages import LanguageDep

router = keyed_router("vocabulary")


@router.get("/vocabulary", name="Read the vocabulary")
async def get_vocabulary(stack: StackDep, language: LanguageDep) -> dict[str, Any]:
    """Every id an event, a task or a dealer's settings may hold, with names, defaults and meanings."""
    return vocabulary(stack.playbook, language)
