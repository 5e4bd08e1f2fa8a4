"""What became of an accepted event: its routing, the tasks it created or merged into, what it suggests."""

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import journey_event, routing, suggestion, task, task_source
from shared.playbook.routing.explanation import show_because, show_decision
from shared.playbook.ruleset.texts import Texts

_TASK_FIELDS: Final = ("task_id", "entry", "mirrors", "kind", "to_role", "status")


async def read_outcome(
    connection: AsyncConnection, event_id: str, texts: Texts, language: str
) -> dict[str, Any] | None:
    """The event as `GET /v1/events/{event_id}` shows it; None when the transaction sees no such event.

    `occurrences` are the routed ones, posted or inferred; `inferred` those of them that were inferred.
    """
    routed = (routing.c.state, routing.c.inferred, routing.c.case_id, routing.c.decisions, routing.c.reason)
    query = (
        select(journey_event.c.intent, journey_event.c.data, routing.c.occurrences, *routed)
        .outerjoin(routing, routing.c.event_id == journey_event.c.event_id)
        .where(journey_event.c.event_id == event_id)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    outcome: dict[str, Any] = {
        "event_id": event_id,
        "state": row.state or "accepted",
        "intent": row.intent,
        "occurrences": row.data.get("occurrences", []) if row.occurrences is None else row.occurrences,
        "inferred": row.occurrences if row.inferred else [],
        "case_id": row.case_id,
        "decisions": [show_decision(decision, texts, language) for decision in row.decisions or []],
        "tasks": await _tasks(connection, event_id),
        "suggestions": await _suggestions(connection, event_id, texts, language),
    }
    return outcome | {"reason": row.reason} if row.state == "dead" else outcome


async def _tasks(connection: AsyncConnection, event_id: str) -> list[dict[str, Any]]:
    sources = select(task_source.c.task_id).where(task_source.c.event_id == event_id)
    query = select(*(task.c[name] for name in _TASK_FIELDS)).where(task.c.task_id.in_(sources))
    rows = await connection.execute(query.order_by(task.c.created_at, task.c.task_id))
    return [dict(row) for row in rows.mappings()]


async def _suggestions(connection: AsyncConnection, event_id: str, texts: Texts, language: str) -> list[dict[str, Any]]:
    query = (
        select(suggestion.c.entry, suggestion.c.to_role, suggestion.c.because)
        .where(suggestion.c.event_id == event_id)
        .order_by(suggestion.c.position, suggestion.c.entry)
    )
    rows = await connection.execute(query)
    return [
        {"entry": row.entry, "to_role": row.to_role[0], "because": show_because(row.because, texts, language)}
        for row in rows
    ]
