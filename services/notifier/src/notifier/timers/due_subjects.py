"""Publishes what is due and is no timer: the end of a wait, a queue, a case that may be idle, a trigger of a rule."""

from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.prepared import Prepared
from shared.messaging import outbox
from shared.sla.store.due_subjects import DueSubject, due_record

_CLAIM: Final = Prepared(
    """
    delete from timer_due where ctid = any(array(
      select ctid from timer_due where kind <> 'timer' and fire_at <= :now and fire_at >= :low
       order by fire_at for update skip locked limit :limit
    )) returning kind, dealer_id, subject_id, fire_at, customer_id, threshold as cause, cycle
    """
)
"""By where the rows lie, for they are held: they have no shorter name."""


async def publish_due(connection: AsyncConnection, low: datetime, now: datetime, limit: int) -> list[DueSubject]:
    """Take the rows that are due first and publish a record of each; what becomes of it is the worker's business.

    Rows that another scheduler has taken, or that somebody is changing, are passed over.
    """
    rows = await _CLAIM.rows(connection, {"low": low, "now": now, "limit": limit})
    due = sorted((DueSubject(**row) for row in rows), key=lambda one: one.fire_at)
    await outbox.append(connection, [due_record(one, now) for one in due])
    return due
