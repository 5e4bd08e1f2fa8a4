"""The policies of dealers, compiled once per version of their record."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.sla.policy import Policies, read_policies
from shared.tables import dealer

_KEPT: Final = 1_000
_compiled: dict[tuple[str, int], Policies] = {}


async def load_policies(connection: AsyncConnection, dealer_ids: Collection[str]) -> dict[str, Policies]:
    """The clocks of these dealers as their records stand now. A dealer without a record raises LookupError."""
    wanted = sorted(set(dealer_ids))
    query = select(dealer.c.dealer_id, dealer.c.version).where(dealer.c.dealer_id.in_(wanted))
    versions = {row.dealer_id: row.version for row in await connection.execute(query)}
    missing = [dealer_id for dealer_id in wanted if dealer_id not in versions]
    if missing:
        raise LookupError(f"unknown dealer {missing[0]}")
    fresh = [dealer_id for dealer_id, version in versions.items() if (dealer_id, version) not in _compiled]
    if fresh:
        await _compile(connection, fresh)
    return {dealer_id: _compiled[dealer_id, version] for dealer_id, version in versions.items()}


async def _compile(connection: AsyncConnection, dealer_ids: list[str]) -> None:
    if len(_compiled) > _KEPT:
        _compiled.clear()
    query = select(dealer.c.dealer_id, dealer.c.version, dealer.c.record).where(dealer.c.dealer_id.in_(dealer_ids))
    for row in await connection.execute(query):
        _compiled[row.dealer_id, row.version] = read_policies(row.record, row.version)
