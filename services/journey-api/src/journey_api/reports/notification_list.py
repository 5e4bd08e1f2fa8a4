"""Reading what was sent to whom, why on that channel, and how each attempt went."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import notification, notification_attempt


async def list_notifications(
    connection: AsyncConnection, wanted: Mapping[str, Sequence[str]], after: tuple[datetime, str] | None, limit: int
) -> list[RowMapping]:
    """The newest first, after a sort key; one more than `limit` when there are more."""
    columns = notification.c
    query = select(notification).where(*(columns[name].in_(values) for name, values in wanted.items()))
    if after is not None:
        query = query.where(tuple_(columns.created_at, columns.notification_id) < tuple_(*after))
    ordered = query.order_by(columns.created_at.desc(), columns.notification_id.desc())
    return list((await connection.execute(ordered.limit(limit + 1))).mappings())


async def attempts_of(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """The attempts of these notifications in their order."""
    columns = notification_attempt.c
    found = await connection.execute(
        select(notification_attempt).where(columns.notification_id.in_(list(ids))).order_by(columns.number)
    )
    attempts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in found:
        attempts[row.notification_id].append(
            {"at": row.at, "provider": row.provider, "code": row.code, "status": row.status}
        )
    return attempts


def notification_document(row: RowMapping, attempts: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """A notification as the API shows it; the address and the words stay in the tables."""
    return {
        "notification_id": row["notification_id"],
        "dealer_id": row["dealer_id"],
        "customer_id": row["customer_id"],
        "staff_id": row["staff_id"],
        "task_id": row["task_id"],
        "case_id": row["case_id"],
        "message": row["message"],
        "purpose": row["purpose"],
        "channel": row["channel"],
        "status": row["status"],
        "code": row["code"],
        "not_before": row["scheduled_for"],
        "created_at": row["created_at"],
        "votes": row["votes"],
        "attempts": attempts.get(row["notification_id"], []),
    }
