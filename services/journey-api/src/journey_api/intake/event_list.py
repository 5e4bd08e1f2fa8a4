"""The list of accepted events, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, not_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.pagination import Page
from journey_api.http.periods import Period
from journey_api.intake.event_documents import select_events
from shared.db.schema import dealer, journey_event, routing, suggestion, task_source

EventState = Literal["accepted", "routed", "dead"]
EventOutcome = Literal["created", "suggested", "nothing"]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; None leaves a question open. `states`: any of them."""

    dealer_id: str | None = None
    customer_id: str | None = None
    case_id: str | None = None
    source: str | None = None
    states: Sequence[EventState] | None = None
    outcome: EventOutcome | None = None
    period: Period = field(default_factory=Period)

    def clauses(self) -> list[ColumnElement[bool]]:
        """The conditions on events joined with their routing."""
        events = journey_event.c
        given = {
            events.dealer_id: self.dealer_id,
            events.customer_id: self.customer_id,
            events.source: self.source,
            routing.c.case_id: self.case_id,
        }
        found = [column == value for column, value in given.items() if value is not None]
        if self.states is not None:
            found.append(func.coalesce(routing.c.state, "accepted").in_(self.states))
        if self.outcome is not None:
            found.append(_OUTCOMES[self.outcome])
        zone = select(dealer.c.record["time_zone"].astext).where(dealer.c.dealer_id == events.dealer_id)
        return found + self.period.clauses(events.occurred_at, zone.scalar_subquery())


_CREATED: Final = exists().where(task_source.c.event_id == journey_event.c.event_id)
_SUGGESTED: Final = exists().where(suggestion.c.event_id == journey_event.c.event_id)
_OUTCOMES: Final[dict[EventOutcome, ColumnElement[bool]]] = {
    "created": _CREATED,
    "suggested": _SUGGESTED,
    "nothing": and_(routing.c.state == "routed", not_(_CREATED), not_(_SUGGESTED)),
}
"""Created counts what was merged into a task; an event may have created and suggested."""


async def list_events(connection: AsyncConnection, wanted: EventFilter, page: Page) -> list[Row[Any]]:
    """The events that match, newest first by when they happened, one more than the page holds."""
    events = journey_event.c
    query = events_query(wanted)
    if (after := page.instant_key()) is not None:
        query = query.where(tuple_(events.occurred_at, events.event_id) < tuple_(*after))
    return list(await connection.execute(query.limit(page.limit + 1)))


def events_query(wanted: EventFilter) -> Select[Any]:
    """The rows of the events that match, newest first by when they happened."""
    events = journey_event.c
    newest = (events.occurred_at.desc(), events.event_id.desc())
    return select_events().where(*wanted.clauses()).order_by(*newest)


def place_of(row: Row[Any]) -> tuple[str, str]:
    """Where an event stands in the list."""
    return row.occurred_at.isoformat(), row.event_id
