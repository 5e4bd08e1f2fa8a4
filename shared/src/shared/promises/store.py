"""Promises in their tables: the row of a value and the value of a row, the history beside it."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import insert_all, update_all
from shared.db.engine import lock_keys, record_key
from shared.db.schema import promise, promise_event
from shared.promises.types import Promise, PromiseEvent

_NAMES: Final = tuple(one.name for one in fields(Promise))


class PromiseNotFound(LookupError):
    """The dealers in sight have no such promise."""


def promise_of(row: RowMapping) -> Promise:
    """The promise a row holds."""
    return Promise(**{name: _utc(row[name]) for name in _NAMES})


async def load_promise(connection: AsyncConnection, promise_id: str) -> Promise:
    """The promise of this id. Raises PromiseNotFound."""
    row = (await connection.execute(_named(promise_id))).mappings().one_or_none()
    if row is None:
        raise PromiseNotFound(promise_id)
    return promise_of(row)


async def lock_promise(connection: AsyncConnection, promise_id: str) -> Promise:
    """The promise of this id for this transaction to change, its customer's lock first. Raises PromiseNotFound."""
    found = await load_promise(connection, promise_id)
    await lock_keys(connection, [record_key(found.dealer_id, found.customer_id)])
    row = (await connection.execute(_named(promise_id).with_for_update())).mappings().one()
    return promise_of(row)


async def find_promises(connection: AsyncConnection, *clauses: ColumnElement[bool]) -> list[Promise]:
    """The promises that meet all these conditions, by date."""
    query = select(promise).where(*clauses).order_by(promise.c.due_at, promise.c.promise_id)
    return [promise_of(row) for row in (await connection.execute(query)).mappings()]


async def hold_promises(connection: AsyncConnection, *clauses: ColumnElement[bool]) -> list[Promise]:
    """The same for this transaction to change. The caller holds the locks of their customers."""
    query = select(promise).where(*clauses).order_by(promise.c.promise_id).with_for_update()
    return [promise_of(row) for row in (await connection.execute(query)).mappings()]


async def insert_promises(connection: AsyncConnection, new: Sequence[Promise]) -> None:
    """Write new promises."""
    await insert_all(connection, promise, [asdict(one) for one in new])


async def update_promises(connection: AsyncConnection, changed: Sequence[Promise]) -> None:
    """Write what became of promises."""
    await update_all(connection, promise, [asdict(one) for one in changed])


async def append_history(connection: AsyncConnection, events: Sequence[PromiseEvent]) -> None:
    """Append lines of their history, each under the version it left."""
    await insert_all(connection, promise_event, [asdict(one) for one in events])


def _named(promise_id: str) -> Any:
    return select(promise).where(promise.c.promise_id == promise_id)


def _utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
