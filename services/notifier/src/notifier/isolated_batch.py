"""Waiting notifications taken up one by one, so that one that fails holds up no other."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from sqlalchemy import Row, Select

from notifier.context import ChannelConfig, NotifierContext
from notifier.notifications.store import change_status
from shared.clock import Clock
from shared.db.engine import Database, lock_keys, record_key
from shared.process.isolation import isolate

_Waiting = Row[tuple[str, str, str | None]]

_log = structlog.get_logger()


async def process_each(
    database: Database,
    config: ChannelConfig,
    clock: Clock,
    real_clock: Clock,
    waiting: Callable[[datetime], Select[tuple[str, str, str | None]]],
    process: Callable[[NotifierContext, str], Awaitable[None]],
    code: str,
) -> int:
    """Take up what waits at this instant, each in a transaction of its own under its customer's lock; answer how many.

    `waiting` selects notification, dealer and customer. One that cannot be taken up has failed, with this code. Raises
    what the connection raises while the database is away.
    """
    async with database.transaction() as connection:
        found = (await connection.execute(waiting(clock()))).all()

    async def act(row: _Waiting) -> None:
        async with database.transaction() as connection:
            await lock_keys(connection, [record_key(row.dealer_id, row.customer_id)])
            await process(NotifierContext(connection, config, clock(), real_clock()), row.notification_id)

    async def give_up(row: _Waiting, _error: Exception) -> None:
        _log.exception("notification_failed", notification_id=row.notification_id, code=code)
        async with database.transaction() as connection:
            context = NotifierContext(connection, config, clock(), real_clock())
            await change_status(context, [row.notification_id], "failed", code=code)

    for row in found:
        await isolate(row, act, give_up)
    return len(found)
