"""People's own words, posted to the API, are planned here: each once, by the rules of every other message."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Select, select

from notifier.context import Desk, Means
from notifier.isolated_batch import take_up_each
from notifier.notifications.reply_deadline import due_of_words
from notifier.notifications.request import Obligation, obligation_of
from notifier.notifications.store import load_for_update
from notifier.planning.plan_store import apply_plan
from notifier.planning.planner import follow, plan_for
from notifier.planning.recipients import load_audience
from shared.clock import Clock
from shared.db.engine import Database
from shared.db.schema import notification
from shared.people.recent_inbound import load_recent_inbound
from shared.vocabulary import MESSAGE

_BATCH = 100


async def plan_spoken(database: Database, means: Means, clock: Clock, real_clock: Clock) -> int:
    """Plan what people have said and nobody has planned yet, each in a transaction of its own; answers how many."""
    return await take_up_each(database, means, clock, real_clock, _unplanned, plan_words, "not_planned")


async def plan_words(desk: Desk, notification_id: str) -> None:
    """Choose the channel of a person's words.

    A fresh message of the customer makes them its reply; a clock that they are to stop says by when they have to go.
    """
    row = await load_for_update(desk, notification_id)
    if row is None or row["status"] != "queued" or row["channel"] is not None:
        return
    obligation = await _as_reply(desk, obligation_of(row))
    obligation = replace(obligation, deadline=await due_of_words(desk, obligation))
    audience = await load_audience(desk, obligation)
    planned = plan_for(audience, desk.means, obligation, desk.now)
    await follow(desk, obligation, planned, await apply_plan(desk, row, obligation, planned, audience.language))


async def _as_reply(desk: Desk, obligation: Obligation) -> Obligation:
    key = obligation.dealer_id, obligation.recipient.customer_id or ""
    inbound = (await load_recent_inbound(desk.connection, [key], desk.now)).get(key)
    if inbound is None:
        return obligation
    return replace(obligation, reply_kinds=inbound.kinds, inbound_at=inbound.at)


def _unplanned(_now: datetime) -> Select[tuple[str, str, str | None]]:
    columns = notification.c
    query = select(columns.notification_id, columns.dealer_id, columns.customer_id)
    query = query.where(columns.status == "queued", columns.channel.is_(None), columns.message == MESSAGE)
    return query.order_by(columns.notification_id).limit(_BATCH)
