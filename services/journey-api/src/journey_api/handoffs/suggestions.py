"""Suggestions people take up: an entry offered to a person, taken once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.handoffs.suggestion_list import SuggestionKey
from shared.db.schema import journey_case, journey_event, suggestion


@dataclass(frozen=True, slots=True)
class Suggested:
    """A suggestion as stored."""

    event_id: str
    entry: str
    position: int
    case_id: str | None
    to_role: tuple[str, ...]
    taken_at: datetime | None


async def find_suggestions(
    connection: AsyncConnection, dealer_id: str, entry: str, event_id: str | None, customer_id: str | None
) -> list[Suggested]:
    """Those of the event, taken ones too; without an event the open ones of the customer, newest first.

    Those of imported events are not there: they cannot be taken.
    """
    columns = suggestion.c
    query = (
        select(suggestion)
        .join(journey_event, journey_event.c.event_id == columns.event_id)
        .where(columns.dealer_id == dealer_id, columns.entry == entry, journey_event.c.intent == "live")
        .order_by(
            journey_event.c.occurred_at.desc(), columns.created_at.desc(), columns.event_id.desc(), columns.position
        )
    )
    if event_id is not None:
        query = query.where(columns.event_id == event_id)
    else:
        query = query.where(columns.customer_id.is_not_distinct_from(customer_id), columns.taken_at.is_(None))
    rows = (await connection.execute(query)).mappings()
    return [_suggested(row) for row in rows]


@dataclass(frozen=True, slots=True)
class OpenSuggestion:
    """A suggestion somebody may take up: whose customer, by which reason."""

    suggested: Suggested
    customer_id: str | None
    because: Mapping[str, Any]
    created_at: datetime


async def list_open_suggestions(
    connection: AsyncConnection, dealer_id: str, entries: Collection[str], limit: int, event_id: str | None = None
) -> list[OpenSuggestion]:
    """Those of some entries that are neither taken nor void (case closed, history), newest first; of one event's."""
    columns, case = suggestion.c, journey_case.c
    same_case = (case.dealer_id == columns.dealer_id) & (case.case_id == columns.case_id)
    query = (
        select(suggestion)
        .join(journey_event, journey_event.c.event_id == columns.event_id)
        .outerjoin(journey_case, same_case)
        .where(columns.dealer_id == dealer_id, columns.entry.in_(sorted(entries)), columns.taken_at.is_(None))
        .where(journey_event.c.intent == "live", case.status.is_(None) | (case.status != "closed"))
        .order_by(columns.created_at.desc(), columns.event_id.desc(), columns.position)
        .limit(limit)
    )
    if event_id is not None:
        query = query.where(columns.event_id == event_id)
    rows = (await connection.execute(query)).mappings()
    return [OpenSuggestion(_suggested(row), row["customer_id"], row["because"], row["created_at"]) for row in rows]


def _suggested(row: RowMapping) -> Suggested:
    return Suggested(
        event_id=row["event_id"],
        entry=row["entry"],
        position=row["position"],
        case_id=row["case_id"],
        to_role=tuple(row["to_role"]),
        taken_at=row["taken_at"],
    )


async def suggestion_exists(connection: AsyncConnection, dealer_id: str, key: SuggestionKey) -> bool:
    """Whether the dealer has the suggestion, taken or not."""
    columns = suggestion.c
    same = (columns.event_id == key.event_id) & (columns.entry == key.entry) & (columns.position == key.position)
    query = select(columns.event_id).where(columns.dealer_id == dealer_id, same)
    return (await connection.execute(query)).first() is not None


def choose_suggestion(found: Sequence[Suggested], to_role: str | None) -> Suggested | None:
    """The first that is still open and goes to the role asked for, if one is."""
    fits = (one for one in found if one.taken_at is None and (to_role is None or to_role in one.to_role))
    return next(fits, None)


async def take_suggestion(connection: AsyncConnection, taken: Suggested, task_id: str, now: datetime) -> None:
    """Remember that it was taken, and by which task."""
    columns = suggestion.c
    same = (columns.event_id == taken.event_id) & (columns.entry == taken.entry) & (columns.position == taken.position)
    await connection.execute(update(suggestion).where(same).values(taken_at=now, task_id=task_id))
