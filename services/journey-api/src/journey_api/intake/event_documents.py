"""Accepted events as the API shows them: what was sent, what became of it, the tasks and suggestions it led to."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.tasks.documents import load_language_code, load_language_codes
from shared.db.schema import journey_event, routing, suggestion, task, task_source
from shared.playbook.routing.explanation import show_because, show_decision
from shared.playbook.ruleset.texts import Texts

_TASK_FIELDS: Final = ("task_id", "entry", "mirrors", "kind", "to_role", "status")
_DEAD: Final = "dead"
EVENT_COLUMNS: Final = (
    *("event_id", "dealer_id", "customer_id", "case_id", "source", "id", "time", "received_at", "state", "reason"),
    *("intent", "step", "observed_by.role", "observed_by.staff_id", "channel", "topics", "signals", "occurrences"),
    *("inferred", "tasks", "suggestions"),
)
"""The fields of an event as columns of a file."""


def select_events() -> Select[Any]:
    """Events with what the playbook made of them, if it has."""
    routed = (routing.c.state, routing.c.occurrences, routing.c.inferred, routing.c.case_id, routing.c.reason)
    return select(journey_event, *routed, routing.c.decisions).outerjoin(
        routing, routing.c.event_id == journey_event.c.event_id
    )


async def read_event_document(
    connection: AsyncConnection, event_id: str, texts: Texts, asked: str | None
) -> dict[str, Any] | None:
    """The event as `GET /v1/events/{event_id}` shows it; None when the transaction sees no such event.

    `asked`: the language asked for; without one the dealer's.
    """
    row = (await connection.execute(select_events().where(journey_event.c.event_id == event_id))).one_or_none()
    if row is None:
        return None
    language = await load_language_code(connection, row.dealer_id, asked)
    (document,) = await show_events(connection, [row], texts, language)
    return document | {"decisions": [show_decision(decision, texts, language) for decision in row.decisions or []]}


async def show_events(
    connection: AsyncConnection, rows: Sequence[Row[Any]], texts: Texts, asked: str | None
) -> list[dict[str, Any]]:
    """Events without their decisions, in the order given; statements do not grow with their number.

    `occurrences` are the routed ones, posted or inferred; `inferred` those of them that were inferred.
    """
    ids = [row.event_id for row in rows]
    tasks, suggestions = await _tasks(connection, ids), await _suggestions(connection, rows, texts, asked)
    return [_document(row) | {"tasks": tasks[row.event_id], "suggestions": suggestions[row.event_id]} for row in rows]


def _document(row: Row[Any]) -> dict[str, Any]:
    data, posted = row.data, row.data.get("occurrences") or []
    shown = {
        "event_id": row.event_id,
        "dealer_id": row.dealer_id,
        "customer_id": row.customer_id,
        "case_id": row.case_id,
        "source": row.source,
        "id": row.id,
        "time": row.occurred_at,
        "received_at": row.received_at,
        "state": row.state or "accepted",
        "intent": row.intent,
        "step": row.step,
        "observed_by": {"staff_id": None, **data["observed_by"]} if "observed_by" in data else None,
        "channel": data.get("channel"),
        "topics": data.get("topics") or [],
        "signals": data.get("signals") or [],
        "occurrences": posted if row.occurrences is None else row.occurrences,
        "inferred": row.occurrences if row.inferred else [],
    }
    return shown | {"reason": row.reason} if row.state == _DEAD else shown


async def _tasks(connection: AsyncConnection, event_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    query = (
        select(task_source.c.event_id.label("of_event"), *(task.c[name] for name in _TASK_FIELDS))
        .join(task, task.c.task_id == task_source.c.task_id)
        .where(task_source.c.event_id.in_(event_ids))
        .distinct()
        .order_by(task.c.task_id)
    )
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in (await connection.execute(query)).mappings():
        found[row["of_event"]].append({name: row[name] for name in _TASK_FIELDS})
    return found


async def _suggestions(
    connection: AsyncConnection, events: Sequence[Row[Any]], texts: Texts, asked: str | None
) -> dict[str, list[dict[str, Any]]]:
    codes = await load_language_codes(connection, {event.dealer_id for event in events}, asked)
    columns = suggestion.c
    query = select(columns.event_id, columns.dealer_id, columns.entry, columns.to_role, columns.because)
    query = query.where(columns.event_id.in_([event.event_id for event in events])).order_by(
        columns.position, columns.entry
    )
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in await connection.execute(query):
        because = show_because(row.because, texts, codes[row.dealer_id])
        found[row.event_id].append({"entry": row.entry, "to_role": row.to_role[0], "because": because})
    return found
