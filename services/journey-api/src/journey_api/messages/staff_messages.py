"""A person's words to a customer: what they are about, and how they are left for the notifier to send."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.nearest import nearest
from journey_api.http.problems import invalid
from shared.cases.store import case_of
from shared.db.schema import journey_case, notification, staff, staff_message
from shared.ids import new_id
from shared.messaging import outbox
from shared.messaging.notification_events import notification_record
from shared.messaging.postgres.pg_notify import STAFF_MESSAGES, notify
from shared.people.merged_customers import lock_customer
from shared.tasks.store import TaskNotFound, load_task
from shared.vocabulary import MESSAGE, SAFETY_TOPICS, TEMPLATES

_QUEUED: Final = "queued"


@dataclass(frozen=True, slots=True)
class Matter:
    """What words are about: a customer, and the task or case they belong to."""

    dealer_id: str
    customer_id: str
    case_id: str | None
    task_id: str | None
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is said, by whom, and as which kind of contact; `text`, else a template with its parameters."""

    staff_id: str
    kind: str
    text: str | None = None
    template: str | None = None
    params: Mapping[str, str]


async def matter_of_task(connection: AsyncConnection, task_id: str) -> Matter:
    """What a task of the caller's dealers is about. Raises Problem 422."""
    try:
        task = await load_task(connection, task_id)
    except TaskNotFound:
        raise invalid("/task_id", "unknown_id", "There is no such task") from None
    if task.customer_id is None:
        raise invalid("/task_id", "without_customer", "The task has no customer")
    topics = tuple(task.packet.get("topics") or ())
    return Matter(task.dealer_id, task.customer_id, task.case_id, task.task_id, topics)


async def matter_of_case(connection: AsyncConnection, case_id: str, staff_id: str) -> Matter:
    """What a case of the caller's dealers is about; where several have one of this id, it is the person's dealer's.

    Raises Problem 422.
    """
    named = (journey_case.c.case_id == case_id) & (journey_case.c.status != "reserved")
    rows = (await connection.execute(select(journey_case).where(named))).mappings().all()
    if len(rows) > 1:
        theirs = await _dealers_of(connection, staff_id)
        rows = [row for row in rows if row["dealer_id"] in theirs]
    if len(rows) != 1:
        if rows:
            raise invalid("/case_id", "ambiguous", "Several dealers have such a case")
        raise invalid("/case_id", "unknown_id", "There is no such case")
    case = case_of(rows[0])
    if case.customer_id is None:
        raise invalid("/case_id", "without_customer", "The case has no customer")
    return Matter(case.dealer_id, case.customer_id, case.case_id, None, case.topics)


def check_template(template: str, params: Mapping[str, str]) -> None:
    """Raise Problem 422 unless there is such a template and these are exactly its parameters."""
    wanted = TEMPLATES.get(template)
    if wanted is None:
        words = f"There is no such template; there are {', '.join(TEMPLATES)}"
        raise invalid("/template", "unknown_id", words, nearest(template, TEMPLATES))
    for name in wanted:
        if name not in params:
            raise invalid(f"/params/{name}", "required", f"The template {template} needs this parameter")
    for name in params:
        if name not in wanted:
            raise invalid(
                "/params",
                "unknown_field",
                f"The template {template} takes no other parameters than {', '.join(wanted)}",
            )


async def queue_message(connection: AsyncConnection, matter: Matter, words: Words, now: datetime) -> str:
    """Keep the words and queue them, to be planned and sent; answers the id of their notification."""
    matter = replace(matter, customer_id=await lock_customer(connection, matter.dealer_id, matter.customer_id))
    notification_id = new_id()
    ids = {
        "notification_id": notification_id,
        "dealer_id": matter.dealer_id,
        "customer_id": matter.customer_id,
        "case_id": matter.case_id,
        "task_id": matter.task_id,
    }
    values_given = {name: getattr(words, name) for name in Words.__slots__}
    await connection.execute(insert(staff_message).values(**ids, **values_given, at=now))
    queued = insert(notification).values(**ids, **_unplanned(notification_id, matter, now)).returning(notification)
    row = (await connection.execute(queued)).mappings().one()
    await outbox.append(connection, [notification_record(row, now)])
    await notify(connection, STAFF_MESSAGES)
    return notification_id


def _unplanned(notification_id: str, matter: Matter, now: datetime) -> dict[str, Any]:
    """A notification without a channel yet, which the notifier chooses."""
    return {
        "message": MESSAGE,
        "purpose": "safety" if SAFETY_TOPICS.intersection(matter.topics) else "service",
        "status": _QUEUED,
        "params": {"topics": list(matter.topics)},
        "dedupe_key": f"{MESSAGE}:{notification_id}",
        "created_at": now,
        "updated_at": now,
    }


async def _dealers_of(connection: AsyncConnection, staff_id: str) -> Collection[str]:
    return set(await connection.scalars(select(staff.c.dealer_id).where(staff.c.staff_id == staff_id)))
