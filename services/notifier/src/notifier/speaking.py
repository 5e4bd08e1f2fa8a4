"""People's own words, posted to the API, are planned here: each once, by the rules of every other message."""

from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy import Select, select

from notifier.desk import Desk
from notifier.means import Means
from notifier.notifications import apply_plan, change_status, load_for_update
from notifier.obligations import Obligation, obligation_of
from notifier.planning import follow, plan_for
from notifier.recipients import load_audience
from notifier.replies import fresh_inbound
from shared.clock import Clock
from shared.database import Database, lock_keys, record_key
from shared.outages import is_outage
from shared.spoken import MESSAGE
from shared.tables import notification

_BATCH = 100
_log = structlog.get_logger()


async def plan_spoken(database: Database, means: Means, clock: Clock, real_clock: Clock) -> int:
    """Plan what people have said and nobody has planned yet, each in a transaction of its own; answers how many."""
    async with database.transaction() as connection:
        found = (await connection.execute(_unplanned())).all()
    for row in found:
        try:
            async with database.transaction() as connection:
                await lock_keys(connection, [record_key(row.dealer_id, row.customer_id)])
                await plan_words(Desk(connection, means, clock(), real_clock()), row.notification_id)
        except Exception as error:
            if is_outage(error):
                raise
            _log.exception("words_not_planned", notification_id=row.notification_id)
            async with database.transaction() as connection:
                desk = Desk(connection, means, clock(), real_clock())
                await change_status(desk, [row.notification_id], "failed", code="not_planned")
    return len(found)


async def plan_words(desk: Desk, notification_id: str) -> None:
    """Choose the channel of a person's words. A fresh message of the customer makes them its reply."""
    row = await load_for_update(desk, notification_id)
    if row is None or row["status"] != "queued" or row["channel"] is not None:
        return
    obligation = await _as_reply(desk, obligation_of(row))
    audience = await load_audience(desk, obligation)
    planned = plan_for(audience, desk.means, obligation, desk.now)
    await follow(desk, obligation, planned, await apply_plan(desk, row, obligation, planned, audience.language))


async def _as_reply(desk: Desk, obligation: Obligation) -> Obligation:
    inbound = await fresh_inbound(desk, obligation.dealer_id, obligation.recipient.customer_id or "")
    if inbound is None:
        return obligation
    return replace(obligation, reply_kinds=inbound.kinds, inbound_at=inbound.at)


def _unplanned() -> Select[Any]:
    columns = notification.c
    query = select(columns.notification_id, columns.dealer_id, columns.customer_id)
    query = query.where(columns.status == "queued", columns.channel.is_(None), columns.message == MESSAGE)
    return query.order_by(columns.notification_id).limit(_BATCH)
