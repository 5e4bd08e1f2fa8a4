"""Effect once: which records a consumer sees for the first time."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.prepared import Prepared
from shared.messaging.bus import Record

_FIRST: Final = Prepared(
    """
    insert into inbox (consumer, source, id)
    select :consumer, source, id from unnest(cast(:sources as text[]), cast(:ids as text[])) as r(source, id)
    on conflict do nothing
    returning source, id
    """
)


async def first_deliveries(
    connection: AsyncConnection, consumer: str, records: Sequence[Record]
) -> set[tuple[str, str]]:
    """Note these records as handled by this consumer; answer the identities of those that are new to it.

    Call it in the transaction of the effect: both are stored or neither. Waits for a transaction that handles the
    same records at this moment.
    """
    # one order for all, so that two transactions with the same records never wait for each other
    identities = sorted({record.identity for record in records})
    if not identities:
        return set()
    sources, ids = zip(*identities, strict=True)
    values = {"consumer": consumer, "sources": list(sources), "ids": list(ids)}
    return {(row.source, row.id) for row in await _FIRST.rows(connection, values)}
