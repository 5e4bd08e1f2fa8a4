"""The suggestion a handoff takes up: the one it names, or the newest open one that fits."""

from dataclasses import replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.handoffs.suggestion_list import read_suggestion_id
from journey_api.handoffs.suggestions import Suggested, choose_suggestion, find_suggestions, suggestion_exists
from journey_api.handoffs.validation import HandoffRequest
from journey_api.http.problems import Problem, invalid
from shared.playbook.ruleset.entries import Entry

STARTABLE: Final = frozenset({"implied", "fallback"})
"""Entries beside the manual arrows that a person may start without a suggestion."""


async def name_suggestion(connection: AsyncConnection, handoff: HandoffRequest) -> tuple[HandoffRequest, int | None]:
    """The wish with the event of the suggestion it names, and the suggestion's place among the event's.

    Raises Problem 422 where there is no such suggestion, or where the wish names another entry or event beside it.
    """
    if handoff.suggestion_id is None:
        return handoff, None
    key = read_suggestion_id(handoff.suggestion_id)
    if key is None or not await suggestion_exists(connection, handoff.dealer_id, key):
        raise invalid("/suggestion_id", "unknown_id", "The dealer has no such suggestion")
    if key.entry != handoff.entry:
        raise invalid("/entry", "of_another", f"The suggestion is of {key.entry}", (key.entry,))
    if handoff.event_id not in (None, key.event_id):
        raise invalid("/event_id", "of_another", "The suggestion came of another event")
    return replace(handoff, event_id=key.event_id), key.position


async def find_taken(
    connection: AsyncConnection, entry: Entry, handoff: HandoffRequest, customer_id: str | None, position: int | None
) -> Suggested | None:
    """The suggestion that is taken up; None where the entry needs none. `position`: only the one at this place.

    Raises Problem 409 where it has been taken, or where the entry is started by a suggestion only and none is open.
    """
    found = await find_suggestions(connection, handoff.dealer_id, entry.entry_id, handoff.event_id, customer_id)
    found = [one for one in found if position in (None, one.position)]
    chosen = choose_suggestion(found, handoff.to_role)
    if chosen is None and found and all(one.taken_at is not None for one in found):
        raise Problem(409, "The suggestion has been taken.", code="taken")
    if chosen is None and not (entry.manual or entry.family in STARTABLE):
        raise Problem(409, f"{entry.entry_id} is automatic and not suggested here.", code="not_suggested")
    return chosen
