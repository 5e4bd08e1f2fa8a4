"""A customer's journey: the steps in order of time, each with what came of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.quality.documents import moment_document
from journey_api.quality.moments import moments_of_customer
from shared.db.schema import contact, journey_event, notification, routing, sla_timer, task, task_source
from shared.playbook.ruleset.texts import Texts
from shared.promises.queries import promises_of_customer
from shared.sla.facts import is_automatic
from shared.sla.store.documents import short_document
from shared.sla.store.timers import timers_of_rows
from shared.vocabulary import STEP_PHASE, STEPS

KINDS: Final = ("timers", "contacts", "promises", "messages", "moments")
_ID_LENGTH: Final = 36
_CONTACT: Final = ("contact_id", "task_id", "direction", "channel", "at", "staff_id", "kind", "outcome")
_SAID: Final = (*_CONTACT, "options", "text")
_MESSAGE: Final = ("notification_id", "task_id", "message", "purpose", "channel", "status", "created_at")


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that belongs to the step it followed: when, in which case, and how it is shown.

    `cause` ends with the id of the event that caused it, where an event did.
    """

    kind: str
    at: datetime
    case_id: str | None
    document: Mapping[str, Any]
    cause: str | None = None


@dataclass
class Step:
    """One event of the journey."""

    at: datetime
    case_id: str | None
    document: dict[str, Any]
    followed: dict[str, list[Mapping[str, Any]]] = field(default_factory=lambda: {kind: [] for kind in KINDS})


def place(steps: Sequence[Step], happenings: Iterable[Happening]) -> list[Happening]:
    """Put each happening under the event that caused it, else under the newest step of its case that is not later.

    A happening without a case goes under any step. Earlier than every step of its case: under the first of them.
    Answers those that belong nowhere. Clocks count from the second, so steps are compared by theirs.
    """
    unplaced = []
    events = {step.document["event_id"]: step for step in steps}
    for happening in sorted(happenings, key=lambda one: one.at):
        of_case = [step for step in steps if happening.case_id in (None, step.case_id)]
        before = [step for step in of_case if step.at.replace(microsecond=0) <= happening.at]
        caused_by = events.get((happening.cause or "")[-_ID_LENGTH:])
        if caused_by is None and not of_case:
            unplaced.append(happening)
        else:
            step = caused_by or (before or of_case[:1])[-1]
            step.followed[happening.kind].append(happening.document)
    return unplaced


async def read_journey(
    connection: AsyncConnection, texts: Texts, language: str, dealer_id: str, customer_id: str
) -> dict[str, Any]:
    """The journey's document; `unplaced` holds what followed no step."""
    handoffs = await _read_handoffs(connection, texts, language, dealer_id, customer_id)
    steps = [_step(row, handoffs[row["event_id"]]) for row in await _read_events(connection, dealer_id, customer_id)]
    rest = place(steps, await _read_happenings(connection, dealer_id, customer_id))
    return {
        "dealer_id": dealer_id,
        "customer_id": customer_id,
        "steps": [step.document | step.followed for step in steps],
        "unplaced": {kind: [one.document for one in rest if one.kind == kind] for kind in KINDS},
    }


async def _read_events(connection: AsyncConnection, dealer_id: str, customer_id: str) -> list[RowMapping]:
    events = journey_event.c
    query = (
        select(journey_event, routing.c.case_id, routing.c.occurrences, routing.c.inferred, routing.c.state)
        .outerjoin(routing, routing.c.event_id == events.event_id)
        .where(events.dealer_id == dealer_id, events.customer_id == customer_id)
        .order_by(events.occurred_at, events.event_id)
    )
    return list((await connection.execute(query)).mappings())


def _step(row: RowMapping, handoffs: list[dict[str, Any]]) -> Step:
    data, number = row["data"], row["step"]
    document = {
        "event_id": row["event_id"],
        "at": row["occurred_at"],
        "step": number,
        "step_id": STEPS.get(number),
        "phase": STEP_PHASE.get(number),
        "intent": row["intent"],
        "state": row["state"] or "accepted",
        "case_id": row["case_id"],
        "observed_by": data["observed_by"],
        "channel": data.get("channel"),
        "topics": data.get("topics") or [],
        "occurrences": row["occurrences"] or data.get("occurrences") or [],
        "inferred": bool(row["inferred"]),
        "handoffs": handoffs,
    }
    return Step(row["occurred_at"], row["case_id"], document)


async def _read_handoffs(
    connection: AsyncConnection, texts: Texts, language: str, dealer_id: str, customer_id: str
) -> defaultdict[str, list[dict[str, Any]]]:
    sources = select(task_source.c.task_id, task_source.c.event_id.label("by_event")).distinct().subquery()
    query = (
        select(task, sources.c.by_event)
        .join(sources, sources.c.task_id == task.c.task_id)
        .where(task.c.dealer_id == dealer_id, task.c.customer_id == customer_id)
        .order_by(task.c.created_at, task.c.task_id)
    )
    handoffs: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in (await connection.execute(query)).mappings():
        section = "arrows" if texts.find("arrows", row["entry"]) else "entries"
        handoffs[row["by_event"]].append(
            {
                **{name: row[name] for name in ("task_id", "entry", "mirrors", "kind", "from_role", "to_role")},
                **{name: row[name] for name in ("status", "offered_to", "assignee_id", "created_at")},
                "title": texts.text(section, row["entry"], language),
            }
        )
    return handoffs


async def _read_happenings(connection: AsyncConnection, dealer_id: str, customer_id: str) -> list[Happening]:
    async def rows_of(table: Table) -> list[RowMapping]:
        query = select(table).where(table.c.dealer_id == dealer_id, table.c.customer_id == customer_id)
        return list((await connection.execute(query)).mappings())

    timers = await timers_of_rows(connection, await rows_of(sla_timer))
    found = [Happening("timers", one.started_at, one.case_id, short_document(one), one.started_fact) for one in timers]
    for row in await rows_of(contact):
        shown = {name: row[name] for name in _SAID} | {"automatic": is_automatic(dict(row))}
        found.append(Happening("contacts", row["at"], row["case_id"], shown))
    for one in await promises_of_customer(connection, dealer_id, customer_id):
        found.append(Happening("promises", one["made_at"], one["case_id"], one))
    for row in await rows_of(notification):
        found.append(Happening("messages", row["created_at"], row["case_id"], {name: row[name] for name in _MESSAGE}))
    for row in await moments_of_customer(connection, dealer_id, customer_id):
        document = moment_document(row)
        found.append(Happening("moments", row["at"], row["case_id"], document, row["moment_id"]))
    return found
