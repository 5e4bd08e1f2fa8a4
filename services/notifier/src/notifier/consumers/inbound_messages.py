"""Inbound contacts are acknowledged as the messages and e-mails of events are: each once, at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import RowMapping, Select, exists, select

from notifier.context import Desk, Means
from notifier.followup.contact_confirmations import LOOK_BACK, OVERLAP
from notifier.notifications.request import Obligation, Recipient
from notifier.notifications.types import NOTICES
from notifier.planning.planner import meet
from notifier.planning.reply_channel import REPLY_KINDS, reply_kinds
from shared.clock import Clock, real_now
from shared.commands.record_contact import LIVE_FOR
from shared.db.engine import Database, lock_keys, record_key
from shared.db.schema import contact, inbound_message, notification
from shared.ids import first_id
from shared.process.transient_errors import is_outage

RETRIED: Final = timedelta(hours=1)
"""For how long, in real time, a contact that could not be acknowledged is tried again."""

_BATCH: Final = 100

_log = structlog.get_logger()


@dataclass
class Acknowledging:
    """Acknowledges the inbound messages and e-mails that people or providers recorded: each once.

    One that says no reply is needed gets none.
    """

    database: Database
    means: Means
    clock: Clock
    real_clock: Clock = real_now
    _since: datetime | None = None

    async def take_up(self) -> int:
        """Acknowledge those of which nobody has heard yet; answers how many there were."""
        real, done = self.real_clock(), []
        since = self._since or real - LOOK_BACK
        after = first_id(since - OVERLAP)
        while rows := await self._page(after):
            done += [await self._acknowledge(row) for row in rows]
            after = rows[-1]["contact_id"]
        self._since = real if all(done) else max(since, real - RETRIED)
        return len(done)

    async def _page(self, after: str) -> Sequence[RowMapping]:
        async with self.database.transaction() as connection:
            rows: Sequence[RowMapping] = (await connection.execute(_unheard(after))).mappings().all()
        return rows

    async def _acknowledge(self, row: RowMapping) -> bool:
        try:
            async with self.database.transaction() as connection:
                await lock_keys(connection, [record_key(row["dealer_id"], row["customer_id"])])
                desk = Desk(connection, self.means, self.clock(), self.real_clock())
                await meet(desk, _acknowledgement(row))
        except Exception as error:
            if is_outage(error):
                raise
            _log.exception("contact_not_acknowledged", contact_id=row["contact_id"])
            return False
        return True


def _unheard(after: str) -> Select[Any]:
    """Contacts without an acknowledgement, by their ids."""
    columns, given = contact.c, notification.c
    acknowledged = exists().where(
        given.dealer_id == columns.dealer_id,
        given.customer_id == columns.customer_id,
        given.message == "ACK",
        given.params["key"].as_string() == columns.contact_id,
    )
    inbound = (columns.direction == "inbound") & columns.channel.in_(REPLY_KINDS)
    query = select(contact, inbound_message.c.channel.label("provider_channel"))
    query = query.outerjoin(inbound_message, inbound_message.c.contact_id == columns.contact_id)
    query = query.where(columns.contact_id > after, inbound, columns.kind.is_distinct_from("courtesy"))
    query = query.where(columns.recorded_at - columns.at <= LIVE_FOR)
    return query.where(~acknowledged).order_by(columns.contact_id).limit(_BATCH)


def _acknowledgement(row: RowMapping) -> Obligation:
    return Obligation(
        dealer_id=row["dealer_id"],
        notice=NOTICES["ACK"],
        recipient=Recipient(customer_id=row["customer_id"]),
        key=row["contact_id"],
        case_id=row["case_id"],
        reply_kinds=reply_kinds(row["channel"], row["provider_channel"]),
        inbound_at=row["at"],
    )
