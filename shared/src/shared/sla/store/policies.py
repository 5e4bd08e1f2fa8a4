"""The policies of dealers, compiled once for each time their record was written."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import String, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import dealer
from shared.sla.policy.policy import Policies, read_policies

_KEPT: Final = 1_000
_WRITTEN: Final = literal_column("dealer.xmin::text", String).label("written")
"""Differs with every writing of a record, also where a database is put back to an older state."""

_compiled: dict[tuple[str, str], Policies] = {}


async def load_policies(connection: AsyncConnection, dealer_ids: Collection[str]) -> dict[str, Policies]:
    """The clocks of these dealers as their records stand now. A dealer without a record raises LookupError."""
    wanted = sorted(set(dealer_ids))
    query = select(dealer.c.dealer_id, _WRITTEN).where(dealer.c.dealer_id.in_(wanted))
    written = {row.dealer_id: row.written for row in await connection.execute(query)}
    missing = [dealer_id for dealer_id in wanted if dealer_id not in written]
    if missing:
        raise LookupError(f"unknown dealer {missing[0]}")
    kept = {dealer_id: _compiled.get((dealer_id, mark)) for dealer_id, mark in written.items()}
    found = {dealer_id: policies for dealer_id, policies in kept.items() if policies is not None}
    fresh = [dealer_id for dealer_id in written if dealer_id not in found]
    return {**found, **await _compile(connection, fresh)} if fresh else found


async def _compile(connection: AsyncConnection, dealer_ids: list[str]) -> dict[str, Policies]:
    if len(_compiled) > _KEPT:
        _compiled.clear()
    query = select(dealer.c.dealer_id, dealer.c.version, dealer.c.record, _WRITTEN)
    found = {}
    for row in await connection.execute(query.where(dealer.c.dealer_id.in_(dealer_ids))):
        found[row.dealer_id] = read_policies(row.record, row.version)
        _compiled[row.dealer_id, row.written] = found[row.dealer_id]
    return found
