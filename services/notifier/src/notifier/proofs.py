"""Contacts that prove a customer was reached end what was still being tried."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import RowMapping, Select, and_, or_, select

from notifier.desk import Desk
from notifier.endings import note_proof
from notifier.means import Means
from shared.clock import Clock, real_now
from shared.database import Database, lock_keys, record_key
from shared.outages import is_outage
from shared.tables import contact

LOOK_BACK: Final = timedelta(hours=1)
"""How long ago, in real time, a contact may have been recorded to be taken up after a start."""

OVERLAP: Final = timedelta(minutes=1)
"""How long a transaction may take to show a contact whose id is older."""

_BATCH: Final = 200

_log = structlog.get_logger()


@dataclass
class ProofsOfContact:
    """Takes up each contact once, as it is recorded; after a restart some once more, which changes nothing."""

    database: Database
    means: Means
    clock: Clock
    real_clock: Clock = real_now
    _seen: dict[str, datetime] = field(default_factory=dict)
    _since: datetime | None = None

    async def take_up(self) -> int:
        """End what the new contacts have proved unnecessary; answers how many there were."""
        real = self.real_clock()
        after, taken = _first_id((self._since or real - LOOK_BACK) - OVERLAP), 0
        while rows := await self._page(after):
            new = [row for row in rows if row["contact_id"] not in self._seen]
            for row in new:
                await self._end_tries(row)
                self._seen[row["contact_id"]] = real
            after, taken = rows[-1]["contact_id"], taken + len(new)
        self._since = real
        self._seen = {one: at for one, at in self._seen.items() if at > real - 3 * OVERLAP}
        return taken

    async def _page(self, after: str) -> Sequence[RowMapping]:
        async with self.database.transaction() as connection:
            rows: Sequence[RowMapping] = (await connection.execute(_proofs(after))).mappings().all()
        return rows

    async def _end_tries(self, row: RowMapping) -> None:
        try:
            async with self.database.transaction() as connection:
                await lock_keys(connection, [record_key(row["dealer_id"], row["customer_id"])])
                desk = Desk(connection, self.means, self.clock(), self.real_clock())
                # whoever speaks knows of what; what a customer's word is the answer to, nobody does
                case_id = row["case_id"] if row["direction"] == "outbound" else None
                await note_proof(desk, row["dealer_id"], row["customer_id"], case_id, row["at"])
        except Exception as error:
            if is_outage(error):
                raise
            _log.exception("proof_not_taken_up", contact_id=row["contact_id"])


def _proofs(after: str) -> Select[Any]:
    """Contacts in which the customer spoke or wrote."""
    columns = contact.c
    spoken = and_(columns.direction == "outbound", or_(columns.outcome == "spoke", columns.channel == "store"))
    query = select(
        columns.contact_id, columns.dealer_id, columns.customer_id, columns.case_id, columns.direction, columns.at
    )
    query = query.where(columns.contact_id > after, or_(columns.direction == "inbound", spoken))
    return query.order_by(columns.contact_id).limit(_BATCH)


def _first_id(at: datetime) -> str:
    """What the ids made at this real time begin with (UUIDv7, RFC 9562)."""
    milliseconds = int(at.timestamp() * 1000)
    return f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}"
