"""Applies what the providers' callbacks have left behind: in order, each once, under the customer's lock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from sqlalchemy import Row, Select, or_, select, text, update

from notifier.context import ChannelConfig, NotifierContext
from notifier.delivery.delivery_status import apply_status
from notifier.notifications.store import load_for_update
from shared.clock import Clock
from shared.db.engine import Database, lock_keys, record_key
from shared.db.schema import notification, notification_attempt, receipt
from shared.process.isolation import bisect

_BATCH: Final = 100
_NAMED_WITHIN: Final = timedelta(seconds=45)
"""How long one that names a message by the provider's id waits for the answer that tells us this id; real time."""
_PAGE_PAUSE: Final = text("select pg_try_advisory_xact_lock(7002, 1)")

_log = structlog.get_logger()


async def apply_receipts(database: Database, config: ChannelConfig, clock: Clock, real_clock: Clock) -> int:
    """Apply the receipts there are, a batch at most; answers how many there were.

    One process at a time, so that they stay in their order. One that cannot be applied is set aside and logged.
    """
    async with database.transaction() as connection:
        if not await connection.scalar(_PAGE_PAUSE):
            return 0
        found = (await connection.execute(_unapplied(real_clock()))).all()
        if not found:
            return 0
        await lock_keys(connection, [record_key(one.dealer_id, one.customer_id) for one in found])
        context = NotifierContext(connection, config, clock(), real_clock())
        await bisect("receipts", found, partial(_apply, context), _set_aside)
        ids = [one.receipt_id for one in found]
        await connection.execute(update(receipt).where(receipt.c.receipt_id.in_(ids)).values(applied=True))
    return len(found)


async def _apply(context: NotifierContext, receipts: Sequence[Row[Any]]) -> None:
    async with context.connection.begin_nested():
        for one in receipts:
            row = await load_for_update(context, one.notification_id)
            if row is not None and row["dealer_id"] == one.dealer_id and one.attempt_id is not None:
                await apply_status(context, row, one.attempt_id, one.status, one.code)


async def _set_aside(one: Row[Any], _error: Exception) -> None:
    _log.exception("receipt_not_applied", receipt_id=one.receipt_id)


def _unapplied(real: datetime) -> Select[Any]:
    """Receipts of attempts we know, by our id or the provider's, and those whose time to be known is over."""
    attempts = notification_attempt.c
    its = (attempts.notification_id == receipt.c.notification_id) & or_(
        attempts.attempt_id == receipt.c.attempt_id, attempts.provider_ref == receipt.c.attempt_id
    )
    columns = (receipt.c.receipt_id, receipt.c.dealer_id, receipt.c.notification_id, receipt.c.status, receipt.c.code)
    query = select(*columns, attempts.attempt_id, notification.c.customer_id).select_from(receipt)
    query = query.outerjoin(notification_attempt, its)
    query = query.outerjoin(notification, notification.c.notification_id == receipt.c.notification_id)
    known = attempts.attempt_id.is_not(None) | (receipt.c.wall_clock_at < real - _NAMED_WITHIN)
    return query.where(~receipt.c.applied, known).order_by(receipt.c.receipt_id).limit(_BATCH)
