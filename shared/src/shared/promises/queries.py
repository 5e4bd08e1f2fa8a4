"""Promises as parts of other documents."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import in_keys, unnest_keys
from shared.db.prepared import Prepared
from shared.db.schema import promise
from shared.ids import CaseKey
from shared.promises.documents import PromiseDocument, promise_document
from shared.promises.store import find_promises, promise_of

_OF_CASES: Final = Prepared(
    select(promise)
    .where(in_keys(promise.c.dealer_id, promise.c.case_id))
    .order_by(promise.c.made_at, promise.c.moves, promise.c.promise_id)
)


async def promises_of_cases(
    connection: AsyncConnection, cases: Collection[CaseKey]
) -> Mapping[CaseKey, list[PromiseDocument]]:
    """The promises of these cases, by case, in the order they were made."""
    found: defaultdict[CaseKey, list[PromiseDocument]] = defaultdict(list)
    if cases:
        for row in await _OF_CASES.rows(connection, unnest_keys(cases)):
            found[row["dealer_id"], row["case_id"]].append(promise_document(promise_of(row)))
    return found


async def promises_of_customer(connection: AsyncConnection, dealer_id: str, customer_id: str) -> list[PromiseDocument]:
    """Every promise of a customer, by date."""
    whose = (promise.c.dealer_id == dealer_id, promise.c.customer_id == customer_id)
    return [promise_document(one) for one in await find_promises(connection, *whose)]
