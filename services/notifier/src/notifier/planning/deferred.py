"""Lets held messages go when their time has come, every check made anew."""

from datetime import datetime
from typing import Final

from sqlalchemy import RowMapping, Select, select, text, update

from notifier.content.template_data import resolve_cases
from notifier.context import ChannelConfig, NotifierContext
from notifier.isolated_batch import process_each
from notifier.notifications.request import NotificationRequest, request_from_row
from notifier.notifications.still_relevant import is_relevant
from notifier.notifications.store import change_status, load_for_update
from notifier.planning.channel_selection import COMPLAINT_OPEN, OPTED_OUT, Plan
from notifier.planning.digests import gather_bundle
from notifier.planning.planner import apply_plan_effects, plan_for, request_notification, throttled
from notifier.planning.recipients import resolve_recipient
from notifier.planning.throttle import load_throttle
from shared.clock import Clock
from shared.db.engine import Database
from shared.db.schema import notification

_BATCH: Final = 100


async def release_held(database: Database, config: ChannelConfig, clock: Clock, real_clock: Clock) -> int:
    """Look again at held messages whose time has come, each in a transaction of its own; answers how many."""
    return await process_each(database, config, clock, real_clock, _due, release, "release_failed")


async def release(context: NotifierContext, notification_id: str) -> None:
    """Queue a held message, hold it again, give it to another channel, or withdraw it; as things are now."""
    row = await load_for_update(context, notification_id)
    if row is None or row["status"] != "held":
        return
    (request,) = await resolve_cases(context, [request_from_row(row)])
    if request.awaits_routing(context.real):
        return
    if not await is_relevant(context, request):
        await change_status(context, [notification_id], "withdrawn", code="closed")
        return
    # what waits behind it does not hold it up
    throttle = await load_throttle(context, [request], held=False)
    recipient = throttled(await resolve_recipient(context, request), request, throttle)
    planned = plan_for(recipient, context.config, request, context.now)
    if planned.address is None or planned.address.kind != row["channel"]:
        await _leave(context, row, request, planned)
    else:
        await _keep(context, row, request, planned)


async def _leave(
    context: NotifierContext,
    row: RowMapping,
    request: NotificationRequest,
    planned: Plan,
) -> None:
    """The channel is not the one any more: the obligation is met by another, or by none."""
    ids = [row["notification_id"]]
    if planned.address is not None:
        # it was not tried, so that the channel is free should the others fail
        free = f"{row['dedupe_key']}:{row['notification_id']}"
        await change_status(context, ids, "withdrawn", code="another_channel", dedupe_key=free)
        await request_notification(context, request)
        return
    status = "withdrawn" if planned.code in (OPTED_OUT, COMPLAINT_OPEN) else "failed"
    votes = [vote.document() for vote in planned.votes]
    (left,) = await change_status(context, ids, status, code=planned.code, votes=votes)
    await apply_plan_effects(context, request, planned, left)


async def _keep(context: NotifierContext, row: RowMapping, request: NotificationRequest, planned: Plan) -> None:
    assert planned.address is not None
    held = planned.scheduled_for is not None
    request = request if held else await gather_bundle(context, row, request)
    values = {
        "address": planned.address.address,
        "votes": [vote.document() for vote in planned.votes],
        "fallback": list(planned.fallback),
        "params": request.params(),
        "case_id": request.case_id,
        "scheduled_for": planned.scheduled_for,
        "next_attempt_wall_clock_at": None if held else context.real,
    }
    if held:
        mine = notification.c.notification_id == row["notification_id"]
        await context.connection.execute(update(notification).where(mine).values(updated_at=context.now, **values))
        return
    (queued,) = await change_status(context, [row["notification_id"]], "queued", **values)
    await apply_plan_effects(context, request, planned, queued)


def _due(now: datetime) -> Select[tuple[str, str, str | None]]:
    columns = notification.c
    query = select(columns.notification_id, columns.dealer_id, columns.customer_id)
    return (
        query.where(text("status = 'held'"), columns.scheduled_for <= now).order_by(columns.scheduled_for).limit(_BATCH)
    )
