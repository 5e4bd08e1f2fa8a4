"""Reading what was sent to whom, why on that channel, and how each attempt went."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, Select, Text, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.auth import Principal
from journey_api.http.periods import Period
from journey_api.http.query_parameters import Filters
from journey_api.tasks.contact_card import mask
from journey_api.tasks.visible_addresses import customers_of_reader, sees_every_address
from shared.db.schema import dealer, notification, notification_attempt, staff_message
from shared.db.schema.messages import CLOCK_OF_NOTICE

_READS_WORDS: Final = "tasks:read"
_TIMER: Final[ColumnElement[str | None]] = literal_column(f"(notification.{CLOCK_OF_NOTICE})", Text())


@dataclass(frozen=True, slots=True)
class NotificationFilter:
    """Which notifications are wanted: any value of each filter, made in the period."""

    given: Filters = field(default_factory=dict)
    period: Period = field(default_factory=Period)


def notifications_query(wanted: NotificationFilter) -> Select[Any]:
    """The rows that match, the newest first, with `timer_id`: the clock a message to staff is about."""
    columns = notification.c
    clauses: list[ColumnElement[bool]] = [
        (_TIMER if name == "timer_id" else columns[name]).in_(values) for name, values in wanted.given.items()
    ]
    zone = select(dealer.c.record["time_zone"].astext).where(dealer.c.dealer_id == columns.dealer_id)
    clauses += wanted.period.clauses(columns.created_at, zone.scalar_subquery())
    newest = (columns.created_at.desc(), columns.notification_id.desc())
    return select(notification, _TIMER.label("timer_id")).where(*clauses).order_by(*newest)


async def list_notifications(
    connection: AsyncConnection, wanted: NotificationFilter, after: tuple[datetime, str] | None, limit: int
) -> list[RowMapping]:
    """The newest first, after a sort key; one more than `limit` when there are more."""
    columns = notification.c
    query = notifications_query(wanted)
    if after is not None:
        query = query.where(tuple_(columns.created_at, columns.notification_id) < tuple_(*after))
    return list((await connection.execute(query.limit(limit + 1))).mappings())


async def show_notifications(
    connection: AsyncConnection, rows: Sequence[RowMapping], principal: Principal
) -> list[dict[str, Any]]:
    """Notifications as the API shows them to a caller, in the order given; statements do not grow with their number.

    Of an address that the caller may not see only the ends; the words for those who may read tasks.
    """
    ids = [row["notification_id"] for row in rows]
    attempts = await attempts_of(connection, ids)
    said = await words_of(connection, ids) if principal.may([_READS_WORDS]) else {}
    everyone = sees_every_address(principal)
    customers = {(row["dealer_id"], row["customer_id"]) for row in rows if row["customer_id"]}
    own = set() if everyone else await customers_of_reader(connection, principal, customers)
    return [
        _document(
            row,
            attempts,
            said.get(row["notification_id"]),
            masked=not (everyone or (row["dealer_id"], row["customer_id"]) in own or _is_for(row, principal)),
        )
        for row in rows
    ]


def _is_for(row: RowMapping, principal: Principal) -> bool:
    """Whether it is a notice to the caller's own person."""
    return row["staff_id"] is not None and row["staff_id"] == principal.staff_id


async def attempts_of(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """The attempts of these notifications in their order."""
    columns = notification_attempt.c
    shown = (columns.notification_id, columns.at, columns.provider, columns.code, columns.status)
    found = await connection.execute(
        select(*shown).where(columns.notification_id.in_(list(ids))).order_by(columns.number)
    )
    attempts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in found:
        attempts[row.notification_id].append(
            {"at": row.at, "provider": row.provider, "code": row.code, "status": row.status}
        )
    return attempts


async def words_of(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, dict[str, str | None]]:
    """The words of the newest attempt, else those a person has written; a message still to be composed has none."""
    columns, own = notification_attempt.c, staff_message.c
    written = select(own.notification_id, own.text).where(own.notification_id.in_(ids), own.text.is_not(None))
    words = {row.notification_id: {"subject": None, "text": row.text} for row in await connection.execute(written)}
    sent = select(columns.notification_id, columns.subject, columns.text)
    sent = sent.where(columns.notification_id.in_(ids), columns.text.is_not(None)).order_by(columns.number)
    for row in await connection.execute(sent):
        words[row.notification_id] = {"subject": row.subject, "text": row.text}
    return words


def _document(
    row: RowMapping,
    attempts: Mapping[str, list[dict[str, Any]]],
    words: Mapping[str, str | None] | None,
    *,
    masked: bool,
) -> dict[str, Any]:
    address = row["address"]
    return {
        "notification_id": row["notification_id"],
        "dealer_id": row["dealer_id"],
        "customer_id": row["customer_id"],
        "staff_id": row["staff_id"],
        "task_id": row["task_id"],
        "case_id": row["case_id"],
        "timer_id": row["timer_id"],
        "message": row["message"],
        "purpose": row["purpose"],
        "channel": row["channel"],
        "address": mask(address) if masked and address else address,
        "status": row["status"],
        "code": row["code"],
        "not_before": row["scheduled_for"],
        "created_at": row["created_at"],
        "words": words,
        "votes": row["votes"],
        "attempts": attempts.get(row["notification_id"], []),
    }
