"""Contacts that prove a customer was reached end what was still being tried."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, RowMapping, Select, and_, exists, or_, select, text

from notifier.context import Desk, Means
from notifier.followup.fallback_chain import GOING_ON, note_proof
from notifier.followup.manual_sends import UNREACHABLE
from shared.clock import Clock, real_now
from shared.db.engine import Database, lock_keys, record_key
from shared.db.schema import OPEN_TASK, contact, notification, task
from shared.ids import first_id
from shared.process.transient_errors import is_outage

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
        real, starting = self.real_clock(), self._since is None
        after, taken = first_id((self._since or real - LOOK_BACK) - OVERLAP), 0
        while rows := await self._page(after, mattering=starting):
            new = [row for row in rows if row["contact_id"] not in self._seen]
            for row in new:
                await self._end_tries(row)
                self._seen[row["contact_id"]] = real
            after, taken = rows[-1]["contact_id"], taken + len(new)
        self._since = real
        self._seen = {one: at for one, at in self._seen.items() if at > real - 3 * OVERLAP}
        return taken

    async def _page(self, after: str, *, mattering: bool) -> Sequence[RowMapping]:
        query = _proofs(after)
        async with self.database.transaction() as connection:
            found = await connection.execute(query.where(_matters()) if mattering else query)
            rows: Sequence[RowMapping] = found.mappings().all()
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


def _matters() -> ColumnElement[bool]:
    """Whether something is being tried with the customer that began before the contact, or a way is looked for."""
    said, given, sought = contact.c, notification.c, task.c
    tried = exists().where(
        given.dealer_id == said.dealer_id,
        given.customer_id == said.customer_id,
        given.status.in_(GOING_ON),
        given.created_at <= said.at,
    )
    looked_for = exists().where(
        sought.dealer_id == said.dealer_id,
        sought.customer_id == said.customer_id,
        sought.entry == UNREACHABLE,
        text(OPEN_TASK),
    )
    return or_(tried, looked_for)


LOOK_BACK: Final = timedelta(days=14)
"""How long ago a contact may have been recorded to be taken up after a start."""

OVERLAP: Final = timedelta(minutes=1)
"""How long a transaction may take to show a contact whose id is older."""
