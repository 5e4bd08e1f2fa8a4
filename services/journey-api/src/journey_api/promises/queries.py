"""Promises as lists and as parts of other documents."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import promise
from shared.ids import CaseKey
from shared.promises.documents import PromiseDocument, promise_document
from shared.promises.store import find_promises, promise_of
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


async def promises_of_cases(
    connection: AsyncConnection, cases: Collection[CaseKey]
) -> Mapping[CaseKey, list[PromiseDocument]]:
    """The promises of these cases, by case and date."""
    found: defaultdict[CaseKey, list[PromiseDocument]] = defaultdict(list)
    if cases:
        in_cases = tuple_(promise.c.dealer_id, promise.c.case_id).in_(sorted(set(cases)))
        for one in await find_promises(connection, in_cases):
            found[one.dealer_id, one.case_id or ""].append(promise_document(one))
    return found


async def promises_of_customer(connection: AsyncConnection, dealer_id: str, customer_id: str) -> list[PromiseDocument]:
    """Every promise of a customer, by date."""
    whose = (promise.c.dealer_id == dealer_id, promise.c.customer_id == customer_id)
    return [promise_document(one) for one in await find_promises(connection, *whose)]
