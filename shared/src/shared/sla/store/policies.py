"""The policies of dealers, compiled once for each revision of their record."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import dealer
from shared.sla.policy.policy import Policies, read_policies

_KEPT: Final = 1_000

_compiled: dict[tuple[str, str], Policies] = {}
"""By dealer and revision."""


async def load_policies(connection: AsyncConnection, dealer_ids: Collection[str]) -> dict[str, Policies]:
    """The clocks of these dealers as their records stand now. A dealer without a record raises LookupError."""
    wanted = sorted(set(dealer_ids))
    query = select(dealer.c.dealer_id, dealer.c.revision).where(dealer.c.dealer_id.in_(wanted))
    revisions = {row.dealer_id: row.revision for row in await connection.execute(query)}
    missing = [dealer_id for dealer_id in wanted if dealer_id not in revisions]
    if missing:
        raise LookupError(f"unknown dealer {missing[0]}")
    kept = {key[0]: _compiled.get(key) for key in revisions.items()}
    found = {dealer_id: policies for dealer_id, policies in kept.items() if policies is not None}
    fresh = [dealer_id for dealer_id in revisions if dealer_id not in found]
    return {**found, **await _compile(connection, fresh)} if fresh else found


async def _compile(connection: AsyncConnection, dealer_ids: list[str]) -> dict[str, Policies]:
    if len(_compiled) > _KEPT:
        _compiled.clear()
    query = select(dealer.c.dealer_id, dealer.c.version, dealer.c.record, dealer.c.revision)
    found = {}
    for row in await connection.execute(query.where(dealer.c.dealer_id.in_(dealer_ids))):
        found[row.dealer_id] = read_policies(row.record, row.version)
        _compiled[row.dealer_id, row.revision] = found[row.dealer_id]
    return found
