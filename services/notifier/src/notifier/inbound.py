"""Inbound contacts are acknowledged as the messages and e-mails of events are: each once, at once."""

from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import RowMapping, Select, exists, select

from notifier.desk import Desk
from notifier.means import Means
from notifier.notices import NOTICES
from notifier.obligations import Obligation, Recipient
from notifier.planning import meet
from notifier.replies import REPLY_KINDS, reply_kinds
from shared.clock import Clock
from shared.database import Database, lock_keys, record_key
from shared.outages import is_outage
from shared.tables import contact, inbound_message, notification

LOOK_BACK: Final = timedelta(hours=1)
"""How long ago, in real time, a contact may have been recorded to be acknowledged still."""

_BATCH: Final = 100

_log = structlog.get_logger()


async def acknowledge_contacts(database: Database, means: Means, clock: Clock, real_clock: Clock) -> int:
    """Acknowledge the inbound messages and e-mails of which nobody has heard yet; answers how many there were.

    One that says no reply is needed gets none.
    """
    async with database.transaction() as connection:
        found = (await connection.execute(_unheard(real_clock() - LOOK_BACK))).mappings().all()
    for row in found:
        try:
            async with database.transaction() as connection:
                await lock_keys(connection, [record_key(row["dealer_id"], row["customer_id"])])
                await meet(Desk(connection, means, clock(), real_clock()), _acknowledgement(row))
        except Exception as error:
            if is_outage(error):
                raise
            _log.exception("contact_not_acknowledged", contact_id=row["contact_id"])
    return len(found)


def _unheard(since: datetime) -> Select[Any]:
    """Contacts without an acknowledgement; their ids begin with the real time they were recorded at."""
    milliseconds = int(since.timestamp() * 1000)
    first = f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}"
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
    query = query.where(columns.contact_id >= first, inbound, columns.kind.is_distinct_from("courtesy"))
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
