"""Which dealers exist, remembered for a while: every event asks."""

from collections.abc import Collection
from time import monotonic
from typing import Final

from sqlalchemy import select

from journey_api.http.nearest import nearest
from shared.db.engine import Database
from shared.db.schema import dealer

_REMEMBERED_SECONDS: Final = 600.0
_LOOKED_AT: Final = 1_000
_NAMED: Final = 20


class KnownDealers:
    """Remembers dealers that exist; one that is not known is asked for each time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._until: dict[str, float] = {}

    async def unknown(self, dealers: Collection[str]) -> set[str]:
        """Those of these dealers that do not exist."""
        now = monotonic()
        asked = {dealer_id for dealer_id in dealers if self._until.get(dealer_id, 0.0) < now}
        if not asked:
            return asked
        async with self._database.transaction() as connection:
            query = select(dealer.c.dealer_id).where(dealer.c.dealer_id.in_(asked))
            found = set((await connection.execute(query)).scalars())
        self._until.update(dict.fromkeys(found, now + _REMEMBERED_SECONDS))
        return asked - found

    async def near(self, strange: Collection[str], reach: str | Collection[str]) -> dict[str, tuple[str, ...]]:
        """The caller's dealers with the ids nearest to each of these, of the first few."""
        if not strange:
            return {}
        query = select(dealer.c.dealer_id).order_by(dealer.c.dealer_id).limit(_LOOKED_AT)
        async with self._database.transaction(reach) as connection:
            known = list((await connection.execute(query)).scalars())
        return {dealer_id: nearest(dealer_id, known) for dealer_id in sorted(strange)[:_NAMED]}
