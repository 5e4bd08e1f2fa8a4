"""People's own words, posted to the API, are planned here: each once, by the rules of every other message."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Select, select

from notifier.context import ChannelConfig, NotifierContext
from notifier.isolated_batch import process_each
from notifier.notifications.reply_deadline import reply_due_at
from notifier.notifications.request import NotificationRequest, request_from_row
from notifier.notifications.store import load_for_update
from notifier.planning.plan_store import apply_plan
from notifier.planning.planner import apply_plan_effects, plan_for
from notifier.planning.recipients import resolve_recipient
from shared.clock import Clock
from shared.db.engine import Database
from shared.db.schema import notification
from shared.people.eligibility import purpose_on_task
from shared.people.recent_inbound import load_recent_inbound
from shared.tasks.store import load_tasks
from shared.vocabulary import MESSAGE

_BATCH = 100


async def plan_staff_messages(database: Database, config: ChannelConfig, clock: Clock, real_clock: Clock) -> int:
    """Plan what people have said and nobody has planned yet, each in a transaction of its own; answers how many."""
    return await process_each(database, config, clock, real_clock, _unplanned, plan_staff_message, "not_planned")


async def plan_staff_message(context: NotifierContext, notification_id: str) -> None:
    """Choose the channel of a person's words.

    A fresh message of the customer makes them its reply; a clock that they are to stop says by when they have to go.
    What sells goes by the rules of marketing: consent, the legal window, no open complaint.
    """
    row = await load_for_update(context, notification_id)
    if row is None or row["status"] != "queued" or row["channel"] is not None:
        return
    request = await _as_reply(context, request_from_row(row))
    if await _sells(context, request):
        # what sells is no answer that is due
        request = replace(request, marketing=True)
    else:
        request = replace(request, deadline=await reply_due_at(context, request))
    recipient = await resolve_recipient(context, request)
    planned = plan_for(recipient, context.config, request, context.now)
    await apply_plan_effects(
        context, request, planned, await apply_plan(context, row, request, planned, recipient.language)
    )


async def _sells(context: NotifierContext, request: NotificationRequest) -> bool:
    """Whether it is said on a task that plans a customer programme, an invitation or a season (T-11, T-12, T-17)."""
    if request.task_id is None:
        return False
    task = (await load_tasks(context.connection, [request.task_id])).get(request.task_id)
    return task is not None and purpose_on_task(request.topics, task.why.get("occurrence")) == "marketing"


async def _as_reply(context: NotifierContext, request: NotificationRequest) -> NotificationRequest:
    key = request.dealer_id, request.recipient.customer_id or ""
    inbound = (await load_recent_inbound(context.connection, [key], context.now)).get(key)
    if inbound is None:
        return request
    return replace(request, reply_kinds=inbound.kinds, inbound_at=inbound.at)


def _unplanned(_now: datetime) -> Select[tuple[str, str, str | None]]:
    columns = notification.c
    query = select(columns.notification_id, columns.dealer_id, columns.customer_id)
    query = query.where(columns.status == "queued", columns.channel.is_(None), columns.message == MESSAGE)
    return query.order_by(columns.notification_id).limit(_BATCH)
