"""What is stored of a routing: its decisions, what fired, and what is offered to a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.routing.create_tasks import fired
from shared.cases.journey_events import StoredEvent
from shared.db.bulk import insert_all, upsert_all
from shared.db.schema import routing as routing_table
from shared.db.schema import suggestion as suggestion_table
from shared.playbook.routing.explanation import suggestion_document
from shared.playbook.types import Routing, Suggestion


@dataclass(frozen=True, slots=True)
class Routed:
    """An event with its answer, the documents of its decisions and the case it joined."""

    event: StoredEvent
    answer: Routing
    decisions: Sequence[Mapping[str, Any]]
    case_id: str | None


async def store_routings(connection: AsyncConnection, routed: Sequence[Routed], version: str, now: datetime) -> None:
    """Store the answers of events; an event that was dead before is routed now."""
    await upsert_all(connection, routing_table, [_routing_row(one, version, now) for one in routed])
    rows = [row for one in routed for row in _suggestion_rows(one, one.answer.suggestions, now)]
    await insert_all(connection, suggestion_table, rows, new_only=True)


async def append_chain(
    connection: AsyncConnection,
    event: StoredEvent,
    case_id: str,
    answer: Routing,
    decisions: Sequence[Mapping[str, Any]],
    now: datetime,
) -> None:
    """Append the decisions and suggestions of a chain to those of its event."""
    columns = routing_table.c
    query = select(columns.decisions, columns.fired).where(columns.event_id == event.event_id).with_for_update()
    before = (await connection.execute(query)).one()
    values = {"decisions": [*before.decisions, *decisions], "fired": [*before.fired, *fired(decisions)]}
    await connection.execute(routing_table.update().where(columns.event_id == event.event_id).values(values))
    taken = select(suggestion_table.c.position).where(suggestion_table.c.event_id == event.event_id)
    first = max((*await connection.scalars(taken), -1)) + 1
    rows = _suggestion_rows(Routed(event, answer, decisions, case_id), answer.suggestions, now, first)
    await insert_all(connection, suggestion_table, rows, new_only=True)


async def store_dead(connection: AsyncConnection, event: StoredEvent, reason: str, version: str, now: datetime) -> None:
    """Remember that an event could not be routed, and why."""
    row = {
        "event_id": event.event_id,
        "dealer_id": event.dealer_id,
        "customer_id": event.customer_id,
        "state": "dead",
        "playbook_version": version,
        "reason": reason,
        "routed_at": now,
    }
    await connection.execute(insert(routing_table).values(row).on_conflict_do_nothing())


def _routing_row(one: Routed, version: str, now: datetime) -> dict[str, Any]:
    return {
        "event_id": one.event.event_id,
        "dealer_id": one.event.dealer_id,
        "customer_id": one.event.customer_id,
        "state": "routed",
        "case_id": one.case_id,
        "occurrences": list(one.answer.occurrences),
        "inferred": one.answer.inferred,
        "decisions": list(one.decisions),
        "fired": fired(one.decisions) if one.event.live else [],
        "playbook_version": version,
        "reason": None,
        "routed_at": now,
    }


def _suggestion_rows(
    one: Routed, suggestions: Sequence[Suggestion], now: datetime, first: int = 0
) -> list[dict[str, Any]]:
    return [
        {
            "event_id": one.event.event_id,
            "entry": suggestion.entry,
            "position": place,
            "dealer_id": one.event.dealer_id,
            "customer_id": one.event.customer_id,
            "case_id": one.case_id,
            "to_role": [suggestion.to_role],
            "because": suggestion_document(suggestion)["because"] | {"missing": list(suggestion.missing)},
            "created_at": now,
            # what an import suggests is for what-if: it counts as taken and nobody can take it
            "taken_at": None if one.event.live else now,
        }
        for place, suggestion in enumerate(suggestions, start=first)
    ]
