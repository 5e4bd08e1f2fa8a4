"""Operations: records that could not be handled, and handing them over once more."""

from typing import Annotated, Any

from fastapi import Depends, Path, Query

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import NowDep, TransactionDep, requires
from journey_api.http.pagination import PageDep
from journey_api.http.problems import not_found
from shared.messaging.dead_letters import DeadLetter, list_dead_letters, request_replay

router = keyed_router("dead letters")


@router.get("/dead-letters", dependencies=[Depends(requires("ops:read"))])
async def get_dead_letters(
    connection: TransactionDep, page: PageDep, dealer_id: Annotated[str | None, Query(max_length=200)] = None
) -> dict[str, Any]:
    """Dead letters, the newest first."""
    key = page.key(str)
    letters = await list_dead_letters(connection, page.limit + 1, key[0] if key else None, dealer_id)
    return page.answer(letters, _document, lambda letter: (letter.id,))


@router.post("/dead-letters/{dead_letter_id}/replay", dependencies=[Depends(requires("admin"))])
async def replay(dead_letter_id: Annotated[str, Path()], connection: TransactionDep, now: NowDep) -> dict[str, Any]:
    """Have the record handled once more; handled, the dead letter is gone, failed, it has a new reason."""
    letter = await request_replay(connection, dead_letter_id, now)
    if letter is None:
        raise not_found()
    return _document(letter)


def _document(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "topic": letter.topic,
        "key": letter.key,
        "dealer_id": letter.dealer_id,
        "event_id": letter.event_id,
        "consumer": letter.consumer,
        "reason": letter.reason,
        "tries": letter.tries,
        "first_at": letter.first_at,
        "last_at": letter.last_at,
        "replay_at": letter.replay_at,
    }
