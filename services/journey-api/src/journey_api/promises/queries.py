"""Promises as lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import promise
from shared.promises.store import promise_of
from shared.promises.types import Promise


@dataclass(frozen=True, slots=True)
class PromiseFilter:
    """Which promises are wanted: those with one of the values of every column named, due before an instant."""

    columns: Mapping[str, Sequence[str]]
    due_before: datetime | None = None


async def list_promises(
    connection: AsyncConnection, wanted: PromiseFilter, after: tuple[datetime, str] | None, limit: int
) -> list[Promise]:
    """Promises by date, after a sort key; one more than `limit` when there are more."""
    columns = promise.c
    query = select(promise).where(*(columns[name].in_(values) for name, values in wanted.columns.items()))
    if wanted.due_before is not None:
        query = query.where(columns.due_at < wanted.due_before)
    if after is not None:
        query = query.where(tuple_(columns.due_at, columns.promise_id) > tuple_(*after))
    rows = await connection.execute(query.order_by(columns.due_at, columns.promise_id).limit(limit + 1))
    return [promise_of(row) for row in rows.mappings()]
