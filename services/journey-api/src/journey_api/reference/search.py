"""Records found by what people type: ids, names, addresses, plates, VINs, telephone numbers in any spelling.

Words stand in any order, each from its beginning; numbers, plates and VINs are found anywhere by four signs and more.
Accents, case, blanks and hyphens make no difference (`record_search`).
"""

from typing import Any, Final

from sqlalchemy import ARRAY, ColumnElement, Select, Text, cast, func, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.reference.collections import CUSTOMER, DEALER, STAFF, Kind
from shared.channels.telephone_numbers import e164
from shared.db.schema import dealer
from shared.people.addresses import region_of

_TEXTS: Final = ARRAY(Text)
_NO_TEXTS: Final = cast(array([], type_=Text), _TEXTS)
_EVERYWHERE: Final = ""
"""The scope of terms that are compared without an index."""


async def find(
    connection: AsyncConnection, kind: Kind, dealer_id: str | None, query: str, after: str, most: int
) -> Select[Any]:
    """The rows of a dealer's records (None: of dealers) that the words find; at most so many by the index."""
    table = kind.table
    rows = select(table)
    if kind in (DEALER, STAFF):
        return rows.where(kind.key > after, _matches(kind, query))
    numbers = await _numbers(connection, dealer_id or "", query)
    finder = func.find_customers if kind is CUSTOMER else func.find_records
    ids = finder(table.name, dealer_id, query, cast(numbers, _TEXTS), after, most)
    found = await connection.scalars(select(ids))
    return rows.where(kind.key.in_(list(found)))


async def _numbers(connection: AsyncConnection, dealer_id: str, query: str) -> list[str]:
    """What is typed as the digits of an international number, where it can be read as one."""
    if sum(map(str.isdigit, query)) < 4:
        return []
    record = await connection.scalar(select(dealer.c.record).where(dealer.c.dealer_id == dealer_id))
    number = e164(query, region_of(record or {}))
    return [number.removeprefix("+")] if number else []


def _matches(kind: Kind, query: str) -> ColumnElement[bool]:
    words = cast(array([kind.table.c.record[field].astext for field in kind.searched]), _TEXTS)
    terms = func.record_terms(_EVERYWHERE, words, cast(array([kind.key]), _TEXTS))
    return terms.op("@@")(func.search_query(cast(array([_EVERYWHERE]), _TEXTS), query, _NO_TEXTS, 1))
