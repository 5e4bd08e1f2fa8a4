"""The policies of dealers, compiled once for each revision of their record."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import dealer
from shared.sla.policy.policy import Policies, read_policies

_KEPT: Final = 4_000

_compiled: dict[tuple[str, str], Policies] = {}
"""By dealer and revision."""


async def load_policies(connection: AsyncConnection, dealer_ids: Collection[str]) -> dict[str, Policies]:
    """The clocks of these dealers as their records stand now. A dealer without a record raises LookupError."""
    wanted = sorted(set(dealer_ids))
    if not wanted:
        return {}
    query = select(dealer.c.dealer_id, dealer.c.revision).where(dealer.c.dealer_id.in_(wanted))
    revisions = {row.dealer_id: row.revision for row in await connection.execute(query)}
    missing = [dealer_id for dealer_id in wanted if dealer_id not in revisions]
    if missing:
        raise LookupError(f"unknown dealer {missing[0]}")
    kept = {key[0]: _compiled.get(key) for key in revisions.items()}
    found = {dealer_id: policies for dealer_id, policies in kept.items() if policies is not None}
    fresh = [dealer_id for dealer_id in revisions if dealer_id not in found]
    return {**found, **await _compile(connection, fresh)} if fresh else found


def policies_of(dealer_id: str, revision: str, version: int, record: Mapping[str, Any]) -> Policies:
    """The clocks of a dealer whose record has been read."""
    policies = _compiled.get((dealer_id, revision))
    if policies is None:
        if len(_compiled) > _KEPT:
            _compiled.clear()
        policies = _compiled[dealer_id, revision] = read_policies(record, version)
    return policies


async def _compile(connection: AsyncConnection, dealer_ids: list[str]) -> dict[str, Policies]:
    query = select(dealer.c.dealer_id, dealer.c.revision, dealer.c.version, dealer.c.record)
    rows = await connection.execute(query.where(dealer.c.dealer_id.in_(dealer_ids)))
    return {row.dealer_id: policies_of(*row) for row in rows}
