"""Lets held messages go when their time has come, every check made anew."""

from datetime import datetime
from typing import Final

from sqlalchemy import RowMapping, Select, select, update

from notifier.content.template_data import with_cases
from notifier.context import Desk, Means
from notifier.isolated_batch import take_up_each
from notifier.notifications.request import Obligation, obligation_of
from notifier.notifications.still_relevant import is_still_owed
from notifier.notifications.store import change_status, load_for_update
from notifier.planning.channel_selection import OPTED_OUT, Plan
from notifier.planning.digests import gather_bundle
from notifier.planning.planner import follow, meet, plan_for
from notifier.planning.recipients import load_audience
from shared.clock import Clock
from shared.db.engine import Database
from shared.db.schema import notification

_BATCH: Final = 100


async def release_held(database: Database, means: Means, clock: Clock, real_clock: Clock) -> int:
    """Look again at held messages whose time has come, each in a transaction of its own; answers how many."""
    return await take_up_each(database, means, clock, real_clock, _due, release, "release_failed")


async def release(desk: Desk, notification_id: str) -> None:
    """Queue a held message, hold it again, give it to another channel, or withdraw it; as things are now."""
    row = await load_for_update(desk, notification_id)
    if row is None or row["status"] != "held":
        return
    (obligation,) = await with_cases(desk, [obligation_of(row)])
    if obligation.awaits_routing(desk.real):
        return
    if not await is_still_owed(desk, obligation):
        await change_status(desk, [notification_id], "withdrawn", code="closed")
        return
    planned = plan_for(await load_audience(desk, obligation), desk.means, obligation, desk.now)
    if planned.address is None or planned.address.kind != row["channel"]:
        await _leave(desk, row, obligation, planned)
    else:
        await _keep(desk, row, obligation, planned)


async def _leave(
    desk: Desk,
    row: RowMapping,
    obligation: Obligation,
    planned: Plan,
) -> None:
    """The channel is not the one any more: the obligation is met by another, or by none."""
    ids = [row["notification_id"]]
    if planned.address is not None:
        # it was not tried, so that the channel is free should the others fail
        free = f"{row['dedupe_key']}:{row['notification_id']}"
        await change_status(desk, ids, "withdrawn", code="another_channel", dedupe_key=free)
        await meet(desk, obligation)
        return
    status = "withdrawn" if planned.code == OPTED_OUT else "failed"
    votes = [vote.document() for vote in planned.votes]
    (left,) = await change_status(desk, ids, status, code=planned.code, votes=votes)
    await follow(desk, obligation, planned, left)


async def _keep(desk: Desk, row: RowMapping, obligation: Obligation, planned: Plan) -> None:
    assert planned.address is not None
    held = planned.not_before is not None
    obligation = obligation if held else await gather_bundle(desk, row, obligation)
    values = {
        "address": planned.address.address,
        "votes": [vote.document() for vote in planned.votes],
        "fallback": list(planned.fallback),
        "params": obligation.params(),
        "case_id": obligation.case_id,
        "not_before": planned.not_before,
        "next_attempt_real_at": None if held else desk.real,
    }
    if held:
        mine = notification.c.notification_id == row["notification_id"]
        await desk.connection.execute(update(notification).where(mine).values(updated_at=desk.now, **values))
        return
    (queued,) = await change_status(desk, [row["notification_id"]], "queued", **values)
    await follow(desk, obligation, planned, queued)


def _due(now: datetime) -> Select[tuple[str, str, str | None]]:
    columns = notification.c
    query = select(columns.notification_id, columns.dealer_id, columns.customer_id)
    return query.where(columns.status == "held", columns.not_before <= now).order_by(columns.not_before).limit(_BATCH)
